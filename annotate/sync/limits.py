"""How much one socket may ask for."""

import time
from dataclasses import dataclass, field

from django.conf import settings

from .protocol import MAX_COMMANDS, MAX_MESSAGE_BYTES

OPS_PER_SECOND: int = settings.SYNC_OPS_PER_SECOND
# One gesture moves every selected box, a command each. The writer takes them in turn with everybody else's, so that a
# burst costs the others little; what they may ask for on average stays small. Never less than a full message, which
# would be refused for ever.
OPS_BURST = max(settings.SYNC_OPS_BURST, 2 * OPS_PER_SECOND, MAX_COMMANDS)
EPHEMERA_PER_SECOND = 30
GETS_PER_SECOND = 4
BYTES_PER_SECOND = 262_144
BYTES_BURST = 4 * BYTES_PER_SECOND + OPS_BURST * MAX_MESSAGE_BYTES // MAX_COMMANDS
UNDECIDED = 64
UNREADABLE = 20
SOCKETS_PER_USER: int = settings.SYNC_SOCKETS_PER_USER
SOCKETS_PER_FRAME: int = settings.SYNC_SOCKETS_PER_FRAME


@dataclass(slots=True)
class TokenBucket:
    """Allows ``rate`` units a second on average and ``burst`` at once."""

    rate: float
    burst: float
    level: float = field(init=False)
    filled_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.level = self.burst
        self.filled_at = time.monotonic()

    def take(self, units: float = 1.0) -> bool:
        now = time.monotonic()
        self.level = min(self.burst, self.level + (now - self.filled_at) * self.rate)
        self.filled_at = now
        if units > self.level:
            return False
        self.level -= units
        return True

    def wait_ms(self, units: float = 1.0) -> int:
        """Milliseconds until ``units`` could be taken."""
        return max(1, int(1000 * (units - self.level) / self.rate) + 1)


def wire_limits() -> dict[str, int]:
    """What ``welcome`` tells a client."""
    return {
        "ops_per_second": OPS_PER_SECOND,
        "ops_burst": OPS_BURST,
        "eph_per_second": EPHEMERA_PER_SECOND,
        "undecided": UNDECIDED,
        "message_bytes": MAX_MESSAGE_BYTES,
    }
