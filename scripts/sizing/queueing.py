"""How long photos and searches wait: formulas of queueing theory, for one queue before several equal servers.

Times are in seconds and rates per second throughout. "Offered" work is arrival rate × service time, so the number of
servers that are busy on average. Arrivals are independent of each other (a Poisson process) unless said otherwise.

Sources:
    Erlang's formulas B and C: A. K. Erlang, 1917; L. Kleinrock, Queueing Systems, volume 1, 1975.
    Variable and fixed service times: Kingman's and Allen and Cunneen's approximation, in A. O. Allen, Probability,
    Statistics, and Queueing Theory, 1990; G. P. Cosmetatos, Some approximate equilibrium results for the multi-server
    queue (M/G/r), 1976.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wait:
    """How long one has to wait before its service begins.

    `probability` (0 to 1) is that of waiting at all, `mean_s` the mean over all, also those who don't wait.
    """

    probability: float
    mean_s: float

    def percentile_s(self, share: float) -> float:
        """Seconds that a `share` (0 to 1, exclusive) of all wait at most; 0 if so many don't wait at all.

        Exact for M/M/c. Otherwise the waits of those who wait are taken as exponential, which they are in the limit of
        a high utilization.
        """
        if self.probability <= 1 - share:
            return 0.0
        return self.mean_s / self.probability * math.log(self.probability / (1 - share))


def erlang_b(servers: int, offered: float) -> float:
    """The share of arrivals, 0 to 1, that finds all `servers` (≥ 1) busy where nobody waits; `offered` ≥ 0."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked


def erlang_c(servers: int, offered: float) -> float:
    """The probability, 0 to 1, that an arrival has to wait in M/M/c; 1 if `offered` ≥ `servers` (≥ 1)."""
    if offered >= servers:
        return 1.0
    blocked = erlang_b(servers, offered)
    return blocked / (1 - offered / servers * (1 - blocked))


def exponential_service(servers: int, arrivals: float, service_s: float) -> Wait:
    """M/M/c: service times vary as an exponential distribution; without end if the servers can't keep up."""
    offered = arrivals * service_s
    probability = erlang_c(servers, offered)
    return Wait(probability, probability * service_s / (servers - offered) if offered < servers else math.inf)


def variable_service(servers: int, arrivals: float, service_s: float, variation: float, bursts: float = 1) -> Wait:
    """G/G/c by Allen and Cunneen: M/M/c times the mean of both variations.

    `variation` and `bursts` (≥ 0) are the squared coefficients of variation (variance / mean²) of the service times
    and of the times between arrivals: 0 if all are equal, 1 for exponential ones.
    """
    wait = exponential_service(servers, arrivals, service_s)
    return Wait(wait.probability, wait.mean_s * (variation + bursts) / 2)


def fixed_service(servers: int, arrivals: float, service_s: float) -> Wait:
    """M/D/c: every service takes as long; by Cosmetatos, within 2 % of simulations, exact for one server."""
    wait = variable_service(servers, arrivals, service_s, variation=0)
    load = arrivals * service_s / servers
    if load >= 1 or load == 0:
        return wait
    correction = (1 - load) * (servers - 1) * (math.sqrt(4 + 5 * servers) - 2) / (16 * load * servers)
    return Wait(wait.probability, wait.mean_s * (1 + correction))
