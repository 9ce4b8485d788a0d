"""Speed as ratios: each figure beside a bare baseline measured in the same interleaved run. Run by ``script/bench``.

One line each: ``name  value unit  vs  baseline value  ratio``. Absolute figures depend on the machine; only the
ratios mean anything. ``script/bench NAME…`` runs some, ``--list`` names them; those marked "large" run only when named
or with ``BENCH_CASES=1000000``. ``BENCH_PASSES`` is how often each act is measured in turn.

A file of this package is a subject. It has a dict ``BENCHES`` of names and functions without arguments, and may have a
set ``LARGE`` of those that need a million cases; ``tests.bench.measuring`` has what they share.
"""
