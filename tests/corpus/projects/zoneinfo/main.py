"""Time zones from tzdata, as on a system that has none of its own."""

import zoneinfo
from datetime import datetime, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def main():
    zoneinfo.reset_tzpath(())
    for name in ("Europe/Berlin", "Asia/Kathmandu", "America/Argentina/Buenos_Aires", "UTC"):
        moment = datetime(2024, 7, 1, 12, tzinfo=timezone.utc)
        print(name, moment.astimezone(ZoneInfo(name)).isoformat())
    print("Pacific/Chatham" in zoneinfo.available_timezones())
    print(datetime(2024, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1).tzname())
    try:
        ZoneInfo("Europe/Nowhere")
    except ZoneInfoNotFoundError as error:
        print(error)
