"""One tool, one number of streams, one state of the core: what it says beside what the server did."""

import itertools
import pathlib
import tempfile
import time

from ..pinned import Busy
from .answer import figures, waves
from .model import Model
from .processes import Session

# Until when a tool must have ended, seconds.
BOUND = 90


def measure(tool, streams, busy, rounds=3, fault=None, every=0):
    """What goes into ACCURACY.json."""
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        place = pathlib.Path(folder)
        model = Model(place, fault, every)
        began = time.time()
        with model, Busy(busy):
            session = Session(tool.command(place, model.url, streams, rounds * streams), tool.env(), place)
            code = session.wait(BOUND)
        sent, left = model.answers()
        cell = {
            "tool": tool.name, "streams": streams, "busy": busy, "fault": fault, "exit": code,
            "seconds": round(time.time() - began, 1), "model": {"ended": len(sent), "left": left},
            "cpu_seconds": round(session.cpu(), 2),
        }
        if sent:
            start, end = min(answer.start for answer in sent), max(map(over, sent))
            cell |= {"cpu_ms_per_stream": round(1000 * session.cpu_between(start, end) / len(sent), 3), "at_once": at_once(sent)}
        try:
            seen = list(tool.answers(place)) if code is not None else []
        except (OSError, KeyError, ValueError, IndexError) as error:
            seen, cell["unread"] = [], repr(error)
        if not seen:
            return cell | {"finished": False, "said": tail(place / "said.txt")}
        cell |= {"finished": True, "tool_counts": {"all": len(seen), "failed": sum(bool(answer.failed) for answer in seen)}}
        cell["failures"] = sorted({answer.failed for answer in seen if answer.failed})[:3]
        if fault:
            return cell | {"made": sum(bool(answer.failed) for answer in sent)}
        return cell | {"told": tool.told(place), "waves": beside(tool, place, seen, sent, streams)}


def beside(tool, place, seen, sent, streams):
    """For each wave the tool's figures and the server's of its own answers."""
    parts = {"all": (seen, sent)}
    ours, its = waves(seen, streams), waves(sent, streams)
    parts |= {wave: (ours[wave], its[wave]) for wave in ours}
    table = {}
    for wave, (said, did) in parts.items():
        table[wave] = {"tool": figures(said, tool.mean_gaps), "model": figures(did, tool.mean_gaps)}
    table["all"]["tool"]["gap"] = tool.gaps(place) or table["all"]["tool"]["gap"]
    return table


def over(answer):
    return answer.start + answer.whole / 1000


def at_once(sent):
    """The most streams that the server had open at one moment."""
    steps = sorted([(answer.start, 1) for answer in sent] + [(over(answer), -1) for answer in sent])
    return max(itertools.accumulate(step for _, step in steps))


def tail(path):
    return path.read_text(errors="replace").strip().splitlines()[-3:] if path.exists() else []
