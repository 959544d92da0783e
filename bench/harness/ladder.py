"""A run of the controller with one local worker, and what its summary says of limits."""

import contextlib
import json
import os
import subprocess
import tempfile


# Users that only stream, and never pause.
EAGER = ("--classes", "stream", "--think", "0")


def load(folder, url, seed, flags, users=EAGER, keep=None):
    """Runs a controller with one local worker; its summary comes back, the exit code within. Its files go to the folder
    `keep`, if one is given."""
    with contextlib.nullcontext(keep) if keep else tempfile.TemporaryDirectory(prefix="limits-") as results:
        command = [os.path.join(folder, "controller"), "-H", url, "--bind", "127.0.0.1:0", "--local-workers", "1",
                   *users, "--seed", str(seed), "--no-dashboard", "--quiet", "--results", results, *flags]
        ran = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=1200, check=False)
        try:
            with open(os.path.join(results, "summary.json")) as summary:
                return json.load(summary) | {"exit_code": ran.returncode}
        except FileNotFoundError:
            raise RuntimeError(f"no run: {ran.stderr.decode().strip()}") from None


def findings(name, seed, summary):
    """What a search found, for a line and a table."""
    limits = summary["limits"]
    return {
        "variant": name, "seed": seed, "seconds": summary["run"]["duration_s"], "cause": limits["cause"]["kind"],
        "or": limits["cause"]["or"],
        "slots": limits["slot_limit"], "users": limits["users"], "knee": limits["knee"],
        "invalid": sum(rung["verdict"] == "invalid" for rung in limits["rungs"]), "rungs": len(limits["rungs"]),
    }


def line(found):
    """The same in a line."""
    slots = found["slots"] and f"{found['slots']['estimate']:g} [{found['slots']['low']:g}, {found['slots']['high']:g}]"
    users = found["users"]
    point = "-" if users["point"] is None else f"{users['point']:.1f}"
    cause = " or ".join([found["cause"], *found["or"]])
    return (f"{found['variant']:12} seed {found['seed']}: {cause:21} slots {slots or '-':14} "
            f"users {users['verdict']:19} {point:>5} ({users['low']} to {users['high']}) "
            f"{found['rungs']} rungs, {found['invalid']} invalid, {found['seconds']:.0f} s")
