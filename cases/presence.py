"""Who has which case open at this moment, in all processes together. Nothing of it is stored anywhere.

Each process knows its own sockets and tells the others: at once what changes, and everything every few seconds, so
that what was lost is made good. What a process said is forgotten when it falls silent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

#: A process not heard of for this long is taken to be gone, and everybody in it. Seconds.
GONE_AFTER = 20.0

Looking = dict[str, list[int]]


class Presence:
    """References of cases to the ids of the people who look at them. All times are of one steady clock, in seconds."""

    def __init__(self) -> None:
        self._here: dict[str, Counter[int]] = {}
        self._elsewhere: dict[str, Looking] = {}
        self._heard: dict[str, float] = {}

    def arrive(self, reference: str, person: int) -> bool:
        """One more page of this person. Whether that changes who is here."""
        looking = self._here.setdefault(reference, Counter())
        looking[person] += 1
        return looking[person] == 1

    def leave(self, reference: str, person: int) -> bool:
        """One page of this person less. Whether that changes who is here."""
        looking = self._here[reference]
        looking[person] -= 1
        if looking[person]:
            return False
        del looking[person]
        if not looking:
            del self._here[reference]
        return True

    def here(self, references: Iterable[str] | None = None) -> Looking:
        """What to tell the other processes about these cases, or about all."""
        wanted = self._here if references is None else references
        return {reference: sorted(self._here.get(reference, ())) for reference in wanted}

    def hear(self, process: str, looking: Mapping[str, list[int]], whole: bool, now: float) -> set[str]:
        """Another process has spoken, of everything (``whole``) or of what changed; the cases where that is news."""
        before = self._elsewhere.get(process, {})
        after = dict(looking) if whole else {**before, **looking}
        after = {reference: people for reference, people in after.items() if people}
        self._elsewhere[process] = after
        self._heard[process] = now
        return {ref for ref in before.keys() | after.keys() if before.get(ref) != after.get(ref)}

    def forget_silent(self, now: float) -> set[str]:
        """Drop the processes that fell silent; the cases where somebody has gone with them."""
        gone = [process for process, heard in self._heard.items() if heard < now - GONE_AFTER]
        changed: set[str] = set()
        for process in gone:
            del self._heard[process]
            changed |= self._elsewhere.pop(process).keys()
        return changed

    def people(self, reference: str) -> frozenset[int]:
        """Everybody who looks at this case now."""
        people = set(self._here.get(reference, ()))
        for looking in self._elsewhere.values():
            people.update(looking.get(reference, ()))
        return frozenset(people)
