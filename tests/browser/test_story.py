"""The story of the product in a real JupyterLab: run a notebook, watch, compare, take it out."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import (
    TIMEOUT_MS,
    Lab,
    open_notebook,
    run_command,
    screenshot,
    set_theme,
)

# The tests of this file are one story, told in order on one page.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
METRIC = "accuracy_score_X_test"


@pytest.fixture(scope="module", autouse=True)
def patience() -> None:
    expect.set_options(timeout=TIMEOUT_MS)


def run_rows(page: Page) -> Locator:
    return page.locator("[data-testid=mltrack-row].jp-mltrack-Row-run")


def accuracies(page: Page) -> list[float]:
    """The accuracy of each shown run that has one, in the order of the rows."""
    texts = [row.rpartition("\n")[0] for row in run_rows(page).all_inner_texts()]
    found = [re.search(r"(?:^|\n)(0\.\d+)$", text) for text in texts]
    return [float(match[1]) for match in found if match]


def test_the_panel_says_how_to_begin(page: Page) -> None:
    run_command(page, "mltrack:open-panel")
    expect(page.get_by_test_id("mltrack-empty")).to_contain_text("%mltrack start")


def test_the_runs_of_the_notebook_appear_as_they_come(page: Page, lab: Lab) -> None:
    open_notebook(page, "quickstart.ipynb")
    expect(page.get_by_test_id("mltrack-tracking")).to_have_attribute("data-state", "off")
    assert run_command(page, "notebook:run-all-cells") is True
    expect(page.locator("[data-testid=mltrack-run-name]", has_text="step by step")).to_be_visible()
    expect(page.get_by_test_id("mltrack-tracking")).to_have_attribute("data-state", "on")
    groups = page.locator("[data-testid=mltrack-row].jp-mltrack-Row-group")
    expect(groups.filter(has_text="How much regularisation?")).to_be_visible()
    assert run_rows(page).count() >= 7


def test_a_run_appears_within_a_second_of_its_cell(page: Page) -> None:
    before = run_rows(page).count()
    page.evaluate(
        """async () => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const code = 'mltrack.start_run(run_name="just now"); mltrack.end_run()';
            await kernel.requestExecute({ code }).done;
        }"""
    )
    ended = time.monotonic()
    page.get_by_test_id("mltrack-run-name").filter(has_text="just now").wait_for()
    # A second is the promise on a quiet machine; this one may be running other things.
    assert time.monotonic() - ended < 15
    assert run_rows(page).count() == before + 1


def test_sorting_by_accuracy(page: Page) -> None:
    page.get_by_test_id(f"mltrack-sort-metric-{METRIC}").click()
    page.wait_for_timeout(500)
    shown = accuracies(page)
    assert len(shown) >= 5
    if shown != sorted(shown, reverse=True):
        page.get_by_test_id(f"mltrack-sort-metric-{METRIC}").click()
        page.wait_for_timeout(500)
        shown = accuracies(page)
    assert shown == sorted(shown, reverse=True)


def test_filtering_and_a_filter_that_does_not_parse(page: Page) -> None:
    box = (
        page.get_by_test_id("mltrack-filter")
        .locator("input")
        .or_(page.locator("input[data-testid=mltrack-filter]"))
    )
    everything = run_rows(page).count()
    box.fill("params.logisticregression__C > 0.05")
    expect(run_rows(page)).to_have_count(2)
    box.fill("metrics.accuracy >")
    expect(page.get_by_test_id("mltrack-filter-error")).to_be_visible()
    box.fill("")
    expect(run_rows(page)).to_have_count(everything)


def test_comparing_the_best_two(page: Page) -> None:
    for index in (0, 1):
        run_rows(page).nth(index).locator("input[type=checkbox]").check()
    screenshot(page, "panel")
    page.get_by_test_id("mltrack-compare").click()
    tab = page.locator(".jp-mltrack-TabWidget:visible")
    expect(tab.get_by_test_id("mltrack-summary")).to_contain_text(METRIC)
    expect(tab.locator(f"[data-testid=mltrack-chart][data-metric={METRIC}]")).to_be_visible()
    differing = tab.get_by_test_id("mltrack-differences").locator(
        "tr[data-kind=param][data-differs=true]"
    )
    assert differing.count() >= 1
    screenshot(page, "comparison")


def test_the_comparison_in_the_dark(page: Page) -> None:
    set_theme(page, "JupyterLab Dark")
    screenshot(page, "comparison-dark")
    set_theme(page, "JupyterLab Light")


def test_one_run_whole(page: Page) -> None:
    # A habit of many; it is one tab all the same.
    page.get_by_test_id("mltrack-run-name").first.dblclick()
    tab = page.locator(".jp-mltrack-TabWidget:visible")
    title = tab.get_by_test_id("mltrack-run-title").inner_text()
    labels = page.locator("#jp-main-dock-panel .lm-TabBar-tabLabel")
    expect(labels.filter(has_text=title)).to_have_count(1)
    expect(tab.get_by_test_id("mltrack-metrics")).to_contain_text(METRIC)
    expect(tab.get_by_test_id("mltrack-model").first).to_contain_text("sklearn")
    expect(tab.get_by_test_id("mltrack-environment")).to_contain_text("3.")
    expect(tab.get_by_test_id("mltrack-estimator")).to_contain_text("LogisticRegression")
    tab.get_by_test_id("mltrack-tab-plots").click()
    tab.get_by_role("button", name="Enlarge training_confusion_matrix.png").click()
    enlarged = page.get_by_test_id("mltrack-enlarged")
    expect(enlarged.get_by_role("img", name="training_confusion_matrix.png")).to_be_visible()
    screenshot(page, "plot")
    page.keyboard.press("Escape")
    expect(enlarged).to_have_count(0)
    tab.get_by_test_id("mltrack-tab-notebook").click()
    expect(tab.get_by_test_id("mltrack-notebook")).to_contain_text("How much regularisation?")
    screenshot(page, "run")


def test_exporting_the_best_run_opens_its_notebook(page: Page, lab: Lab) -> None:
    tab = page.locator(".jp-mltrack-TabWidget:visible")
    tab.get_by_test_id("mltrack-export").click()
    page.wait_for_function(
        "() => /^quickstart-.*\\.ipynb$/.test("
        "window.jupyterapp.shell.currentWidget?.context?.path ?? '')"
    )
    name = page.evaluate("() => window.jupyterapp.shell.currentWidget.context.path")
    assert (lab.root / Path(name).name).is_file()
    expect(page.locator(".jp-NotebookPanel:visible")).to_contain_text("%mltrack start")
    screenshot(page, "exported")


def test_renaming_deleting_and_undoing(page: Page) -> None:
    run_command(page, "mltrack:open-panel")
    page.get_by_test_id("mltrack-scope-all").click()
    row = run_rows(page).filter(has_text="just now")
    expect(row).to_have_count(1)
    row.hover()
    row.get_by_test_id("mltrack-run-menu").click()
    page.locator(".jp-mltrack-Menu .lm-Menu-item", has_text="Rename").click()
    page.locator(".jp-Dialog input").fill("renamed")
    page.locator(".jp-Dialog button.jp-mod-accept").click()
    row = run_rows(page).filter(has_text="renamed")
    expect(row).to_have_count(1)
    run_command(page, "mltrack:delete-runs", {"run_ids": [row.get_attribute("data-id")]})
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row).to_have_count(1)


def test_the_switch_stops_and_starts_tracking(page: Page) -> None:
    open_notebook(page, "quickstart.ipynb")
    switch = page.locator(".jp-NotebookPanel:visible").get_by_test_id("mltrack-tracking")
    expect(switch).to_have_attribute("data-state", "on")
    switch.click()
    expect(switch).to_have_attribute("data-state", "off")
    switch.click()
    expect(switch).to_have_attribute("data-state", "on")


def test_the_saved_comparison_is_alive_without_a_kernel(page: Page, lab: Lab) -> None:
    open_notebook(page, "quickstart.ipynb")
    run_command(page, "docmanager:save")
    run_command(page, "kernelmenu:shutdown")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.close()")
    page.evaluate(
        """async () => {
            const panel = await window.jupyterapp.commands.execute('docmanager:open', {
                path: 'quickstart.ipynb', factory: 'Notebook', kernelPreference: {
                    shouldStart: false, canStart: false } });
            await panel.context.ready;
        }"""
    )
    inline = page.locator(".jp-NotebookPanel:visible .jp-mltrack-Inline")
    inline.scroll_into_view_if_needed()
    expect(inline.get_by_test_id("mltrack-differences")).to_contain_text("logisticregression__C")
    screenshot(page, "inline")
