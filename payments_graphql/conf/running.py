"""What is kept, streamed and measured."""

from datetime import timedelta

from .reading import get


class RetentionSettings:
    """Retention"""

    @property
    def PAYMENTS_KEEP_PAYLOADS(self) -> timedelta | None:
        """How long `payments_prune` keeps payloads of processed webhook events, at least 35 days.
        None: forever."""
        age: timedelta | None = get("PAYMENTS_KEEP_PAYLOADS", None)
        return age

    @property
    def PAYMENTS_KEEP_EVENTS(self) -> timedelta | None:
        """How long `payments_prune` keeps processed webhook events, at least 35 days.
        None: forever."""
        age: timedelta | None = get("PAYMENTS_KEEP_EVENTS", None)
        return age

    @property
    def PAYMENTS_KEEP_OPERATIONS(self) -> timedelta | None:
        """How long `payments_prune` keeps settled operations of final payments, at least 35 days.
        None: forever."""
        age: timedelta | None = get("PAYMENTS_KEEP_OPERATIONS", None)
        return age

    @property
    def PAYMENTS_KEEP_STATUS_CHANGES(self) -> timedelta | None:
        """How long `payments_prune` keeps the status changes of final payments, at least 35 days.
        None: forever."""
        age: timedelta | None = get("PAYMENTS_KEEP_STATUS_CHANGES", None)
        return age


class LiveStatusSettings:
    """Live status"""

    @property
    def PAYMENTS_STREAM_HEARTBEAT(self) -> float:
        """Seconds of silence after which a stream sends a heartbeat and checks that its user is
        still signed in. Must be below the time-out of any proxy, often 30 or 60 seconds."""
        return float(get("PAYMENTS_STREAM_HEARTBEAT", 12.0))

    @property
    def PAYMENTS_STREAMS_PER_PROCESS_AND_USER(self) -> int:
        """How many streams one user may have open in one process."""
        return int(get("PAYMENTS_STREAMS_PER_PROCESS_AND_USER", 10))

    @property
    def PAYMENTS_STREAMS_PER_PROCESS(self) -> int:
        """How many streams one process serves."""
        return int(get("PAYMENTS_STREAMS_PER_PROCESS", 2000))

    @property
    def PAYMENTS_LISTEN_URL(self) -> str:
        """`postgres://...`, the direct address of the database. Required if `DATABASES` goes
        through a pooler: LISTEN does not work with PgBouncer's transaction mode. Empty: the
        address in `DATABASES`."""
        return str(get("PAYMENTS_LISTEN_URL", ""))


class MonitoringSettings:
    """Monitoring"""

    @property
    def PAYMENTS_METRICS_TOKEN(self) -> str:
        """The bearer token with which Prometheus may read `/metrics`, at least 16 characters. See
        Note [Who may read the metrics]."""
        return str(get("PAYMENTS_METRICS_TOKEN", "") or "")

    @property
    def PAYMENTS_METRICS_NETWORKS(self) -> tuple[str, ...]:
        """Networks such as `10.0.0.0/8` from which `/metrics` may be read without a token. An IPv6
        network can be a /64 at the smallest. Without a token and networks, nobody can read it,
        except with `DEBUG`."""
        return tuple(get("PAYMENTS_METRICS_NETWORKS", ()))
