#!/usr/bin/env python3
# Only calls in which one of these extensions took part are told to Kommo.
# The same without a script: "register": { "extensions": { "only": ["101", "102", "103"] } }
import json
import sys

WHITE_LIST = {"101", "102", "103"}

call = json.load(sys.stdin)["call_full"]
users = [part["user"] for part in call["conversations"].values()]
ends = [
    end["number"]
    for part in call["conversations"].values()
    for end in (part["channel"]["from"], part["channel"]["to"])
    if end["is_internal"]
]
# A call that rang nobody is nobody's: it is told, so that it is called back.
wanted = not users or any(number in WHITE_LIST for number in ends)

json.dump({"data": {"result": wanted}, "state": "success"}, sys.stdout)
