"""KPIs as OpenSLO v1 documents (https://github.com/OpenSLO/OpenSLO), out and in (no ORM).

Rules, stated once:

* What OpenSLO has a field for stands in that field and is read from it: target, threshold, comparison, slices, time
  window, service, indicator, names. Everything else of a KPI stands in annotations `slaportal/...`, which other tools
  leave alone, and what these tools will not do about it is said in the description.
* Numbers are exact both ways: 99.95 % is 0.9995 and comes back as 99.95.
* A KPI is carried over only where OpenSLO judges the same: a share of good events, of good slices, or of values up to
  a threshold, and less than all of them. "95 % of the values are at most 800 ms" is the 95th percentile by nearest
  rank.
* What is read is never guessed: what cannot mean the same here is left out, with its place and the reason.
"""

API = "openslo/v1"
OURS = "slaportal"
PREFIX = f"{OURS}/"
