"""Exit 0 when the web server of this container answers /livez, asked under a name that the site allows."""

import http.client
import os
import sys

TIMEOUT_S = 4


def main() -> int:
    port = int(os.environ.get("HITL_BIND", "127.0.0.1:5000").rpartition(":")[2])
    allowed = os.environ.get("HITL_ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".*")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/livez", headers={"Host": allowed or "127.0.0.1"})
        return 0 if connection.getresponse().status == 200 else 1
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
