"""``manage.py train_triage --csv F``: learn to sort texts from texts that were sorted."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from routing.labelled import BadFile, read_labelled
from routing.learning.keeping import SUGGESTING, WrongLabels, are_categories, train


class Command(BaseCommand):
    help = (
        "Learn from a CSV file with the columns text and label; keep the model if it is better than the one in use. "
        "Suggestions use a model only if its labels are categories."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--csv", required=True, metavar="F", help="labelled texts")
        parser.add_argument(
            "--name", help=f"name of the model; {SUGGESTING} for categories, else the name of the file"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        from routing.learning.training import TooFewExamples

        try:
            examples = read_labelled(options["csv"])
            labels = {label for _text, label in examples if label}
            own_name = (
                SUGGESTING if labels and are_categories(labels) else f"file {Path(options['csv']).stem}"[:100]
            )
            name = options["name"] or own_name
            trained = train(name, examples)
        except (BadFile, WrongLabels, TooFewExamples) as wrong:
            raise CommandError(str(wrong)) from wrong
        learned = trained.learned
        used = sum(learned.counts.values())
        if used < len(examples):
            self.stdout.write(
                f"{len(examples) - used} of {len(examples)} rows have too rare a label, or none"
            )
        self.stdout.write(f"{used} examples, {len(learned.counts)} labels, by cross-validation:")
        self.stdout.write(f"accuracy {learned.accuracy:.4f}\nmacro F1 {learned.macro_f1:.4f}")
        if trained.version is None and trained.before:
            version, score = trained.before
            self.stdout.write(f"Not kept: {name} {version} has macro F1 {score:.4f} on the same examples")
            return
        than = f"; {name} {trained.before[0]} has macro F1 {trained.before[1]:.4f}" if trained.before else ""
        self.stdout.write(f"Kept as {name} {trained.version}{than}")
