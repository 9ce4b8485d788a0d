"""``manage.py evaluate_triage --csv F``: how well the learned model sorts texts it has not seen."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from routing.labelled import BadFile, read_labelled, write_judged
from routing.learning.keeping import fitting, in_use, load


class Command(BaseCommand):
    help = "Judge the texts of a CSV file with the columns text and label, and compare with the labels."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--csv", required=True, metavar="F", help="labelled texts")
        parser.add_argument("--name", help="name of the model; if not given, the one that knows the labels")
        parser.add_argument("--out", metavar="F", help="CSV file to write: text, label, predicted, score")

    def handle(self, *args: Any, **options: Any) -> None:
        from routing.learning.training import accuracy, macro_f1

        try:
            examples = read_labelled(options["csv"])
            name = options["name"] or fitting({label for _text, label in examples if label})
            model = in_use(name) if name else None
            if model is None:
                raise CommandError("There is no such model yet; train one with train_triage")
            judge = load(model.id)
            judged = [judge.judge(text)[0] for text, _label in examples]
            if options["out"]:
                write_judged(
                    options["out"],
                    (
                        (text, label, verdict.label, verdict.score)
                        for (text, label), verdict in zip(examples, judged, strict=True)
                    ),
                )
        except BadFile as wrong:
            raise CommandError(str(wrong)) from wrong
        known = [(label, row.label) for (_, label), row in zip(examples, judged, strict=True) if label]
        truth, said = [label for label, _row in known], [row for _label, row in known]
        self.stdout.write(f"{name} {model.version} on {len(known)} labelled texts")
        self.stdout.write(f"accuracy {accuracy(truth, said):.4f}\nmacro F1 {macro_f1(truth, said):.4f}")
