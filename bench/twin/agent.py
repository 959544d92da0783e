"""AgentOS with one agent, as its documentation writes it; the model is that of TWIN_MODEL."""

import os

from agno.agent import Agent
from agno.db.sqlite import SqliteDb
from agno.models.openai.like import OpenAILike
from agno.os import AgentOS

model = OpenAILike(id="model", api_key="none", base_url=os.environ["TWIN_MODEL"])
agent = Agent(id="agent", model=model, db=SqliteDb(db_file=os.environ["TWIN_FILE"]), telemetry=False)
app = AgentOS(agents=[agent], telemetry=False).get_app()
