"""``experiments list``, ``rename``, ``delete``, ``restore``."""

from argparse import Namespace
from typing import Final

from jupyter_mltrack.cli.command import Command, print_json
from jupyter_mltrack.entities import ViewType
from jupyter_mltrack.query.overview import list_experiments
from jupyter_mltrack.query.text import format_time
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.values import check_experiment_name
from jupyter_mltrack.upkeep.choice import choose_experiment
from jupyter_mltrack.widgets.text import counted, cut, ruled

_ONE: Final = (["experiment"], {"metavar": "EXPERIMENT", "help": "its name or id"})


def show_experiments(store: Store, options: Namespace) -> None:
    """Print the experiments, the latest updated first."""
    found = list_experiments(store, _view(options))
    if options.json:
        print_json(found)
        return
    if not found:
        print("No experiments.")
        return
    rows = [
        [
            cut(one.name, 60),
            one.experiment_id,
            format_time(one.last_update_time),
            *([] if options.deleted else [str(one.run_count)]),
        ]
        for one in found
    ]
    if options.deleted:
        print(ruled(["name", "id", "deleted"], rows))
    else:
        print(ruled(["name", "id", "updated", "runs"], rows, [3]))


def _view(options: Namespace) -> int:
    return ViewType.DELETED_ONLY if options.deleted else ViewType.ACTIVE_ONLY


def rename_experiment(store: Store, options: Namespace) -> None:
    """Give an experiment another name."""
    experiment = choose_experiment(store, options.experiment)
    name = check_experiment_name(options.name)
    store.rename_experiment(experiment.experiment_id, name)
    if options.json:
        print_json(store.get_experiment(experiment.experiment_id))
        return
    print(f"Experiment {experiment.name!r} is now {name!r}.")


def delete_experiment(store: Store, options: Namespace) -> None:
    """Move an experiment and its runs to the trash."""
    experiment = choose_experiment(store, options.experiment)
    moved = store.delete_experiment(experiment.experiment_id)
    if options.json:
        print_json({"experiment_id": experiment.experiment_id, "deleted": moved})
        return
    print(
        f"Moved experiment {experiment.name!r} and {counted(len(moved), 'run')} to the trash; "
        f"its name is free. Back again: mltrack experiments restore {experiment.experiment_id}"
    )


def restore_experiment(store: Store, options: Namespace) -> None:
    """Take an experiment back from the trash with the runs that went with it."""
    experiment = choose_experiment(store, options.experiment, ViewType.DELETED_ONLY)
    name = check_experiment_name(options.name) if options.name else ""
    moved = store.restore_experiment(experiment.experiment_id, name)
    if options.json:
        print_json({"experiment_id": experiment.experiment_id, "restored": moved})
        return
    shown = name or experiment.name
    print(f"Restored experiment {shown!r} and {counted(len(moved), 'run')}.")


COMMANDS: Final = (
    Command(
        "experiments list",
        "list experiments, the latest updated first",
        [(["--deleted"], {"action": "store_true", "help": "what is in the trash"})],
        show_experiments,
    ),
    Command(
        "experiments rename",
        "give an experiment another name",
        [_ONE, (["name"], {"metavar": "NAME", "help": "its new name"})],
        rename_experiment,
        examples=("experiments rename Untitled churn",),
    ),
    Command(
        "experiments delete",
        "move an experiment and its runs to the trash; its name is free at once",
        [_ONE],
        delete_experiment,
        examples=("experiments delete churn",),
    ),
    Command(
        "experiments restore",
        "take an experiment back from the trash with the runs that went with it",
        [_ONE, (["--name"], {"metavar": "NAME", "help": "under another name"})],
        restore_experiment,
        examples=("experiments restore churn", "experiments restore churn --name churn-2025"),
    ),
)
