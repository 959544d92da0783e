"""LiteLLM's hook for keys that are kept elsewhere: TWIN_KEYS has a user and its key a line. Who came as which user of the
load is written to TWIN_FILE."""

import os

from fastapi import HTTPException
from litellm.proxy._types import UserAPIKeyAuth

with open(os.environ["TWIN_KEYS"]) as rows:
    NAMES = {key: name for name, key in (line.strip().split(",") for line in rows)}


async def user(request, api_key):
    if api_key not in NAMES:
        raise HTTPException(status_code=401, detail="no such key")
    if number := request.headers.get("x-loadtest-user"):
        with open(os.environ["TWIN_FILE"], "a") as seen:
            seen.write(f"{number} {NAMES[api_key]}\n")
    return UserAPIKeyAuth(api_key=api_key, user_id=NAMES[api_key])
