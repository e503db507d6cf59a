#!/usr/bin/env python3
# Who called outside of working hours is called back the next working morning, at ten.
# The same without a script: "task": { "working_hours": "office", "deadline_minutes": 60 }
import json
import sys
from datetime import datetime, timedelta

OPENS, CLOSES = 9, 18  # o'clock, Monday to Friday, in the zone of this host

given = json.load(sys.stdin)
task = {name: value for name, value in given.items() if name != "call_full"}

missed = datetime.strptime(given["call_full"]["channel"]["start_time"], "%Y-%m-%d %H:%M:%S")
is_open = missed.weekday() < 5 and OPENS <= missed.hour < CLOSES
if not is_open:
    due = missed.replace(hour=OPENS + 1, minute=0, second=0)
    if missed.hour >= OPENS:
        due += timedelta(days=1)
    while due.weekday() >= 5:
        due += timedelta(days=1)
    task["complete_till"] = int(due.timestamp())
    task["text"] = "Called outside of working hours. " + task["text"]

json.dump({"data": task, "state": "success"}, sys.stdout)
