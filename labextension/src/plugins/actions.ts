import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Clipboard, ICommandPalette, InputDialog, Notification } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IRunPatch } from '../api/client';
import type { IRun } from '../api/types';
import { directoryOf } from '../compute/notebook';
import { isStarred, NOTE, STAR, tagsToText, textToPatch } from '../compute/tags';
import { Commands, Plugins } from '../model/ids';
import { ITracker } from '../model/tracker';
import { askText } from '../widgets/dialogs';

type Args = CommandRegistry.CommandFunc<unknown> extends (args: infer A) => unknown ? A : never;

const UNDO_TIME = 8000;

/** What can be done to runs: commands for menus, the palette and tests alike. */
export const actions: JupyterFrontEndPlugin<void> = {
  id: Plugins.actions,
  description: 'Commands that change runs.',
  autoStart: true,
  requires: [ITracker],
  optional: [ITranslator, INotebookTracker, IDefaultFileBrowser, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    shared: ITracker,
    translator: ITranslator | null,
    notebooks: INotebookTracker | null,
    browser: IDefaultFileBrowser | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter_mltrack');
    const directory = () => {
      const path = notebooks?.currentWidget?.context.path;
      return path === undefined ? (browser?.model.path ?? '') : directoryOf(path);
    };
    const edits = new Actions(app.commands, shared, trans, directory);
    const category = trans.__('Experiments');
    for (const [id, options] of Object.entries(edits.commands())) {
      app.commands.addCommand(id, options);
      if (id !== Commands.restoreRuns) {
        palette?.addItem({ command: id, category });
      }
    }
  }
};

class Actions {
  constructor(
    private readonly registry: CommandRegistry,
    private readonly shared: ITracker,
    private readonly trans: TranslationBundle,
    private readonly directory: () => string
  ) {}

  commands(): Record<string, CommandRegistry.ICommandOptions> {
    const { trans } = this;
    const one = (
      label: CommandRegistry.ICommandOptions['label'],
      act: (runId: string) => Promise<unknown>
    ): CommandRegistry.ICommandOptions => ({
      label,
      describedBy: { args: { type: 'object', properties: { run_id: { type: 'string' } } } },
      isEnabled: args => this.target(args) !== '',
      execute: args => this.guard(act(this.target(args)))
    });
    const many = { type: 'object', properties: { run_ids: { type: 'array' } } };
    return {
      [Commands.exportRun]: one(trans.__('Export Notebook of Run'), id => this.export(id)),
      [Commands.renameRun]: one(trans.__('Rename Run…'), id => this.rename(id)),
      [Commands.editTags]: one(trans.__('Edit Tags of Run…'), id => this.editTags(id)),
      [Commands.editNote]: one(trans.__('Edit Note of Run…'), id => this.editNote(id)),
      [Commands.starRun]: one(
        args => {
          const run = this.shared.runs.find(this.target(args));
          return run && isStarred(run.tags) ? trans.__('Unstar Run') : trans.__('Star Run');
        },
        id => this.star(id)
      ),
      [Commands.copyRunId]: one(trans.__('Copy Run ID'), async id => Clipboard.copyToSystem(id)),
      [Commands.deleteRuns]: {
        label: args => {
          const count = this.targets(args).length;
          return count > 1 ? trans.__('Delete %1 Runs', count) : trans.__('Delete Run');
        },
        describedBy: { args: many },
        isEnabled: args => this.targets(args).length > 0,
        execute: args => this.guard(this.delete(this.targets(args)))
      },
      [Commands.restoreRuns]: {
        label: trans.__('Restore Runs'),
        describedBy: { args: many },
        execute: args => this.guard(this.restore(args.run_ids as string[]))
      }
    };
  }

  /** The run that is meant: the one named, or the one the panel's cursor is on. */
  private target(args: Args): string {
    const { runs, selection } = this.shared;
    return (args.run_id as string) || (runs.find(selection.active)?.run_id ?? '');
  }

  /** Several runs: those named; the ticked ones, when the one meant is among them; else that one. */
  private targets(args: Args): string[] {
    const ticked = [...this.shared.selection.ticked];
    const named = args.run_id as string;
    if (args.run_ids) {
      return args.run_ids as string[];
    }
    if (ticked.length && (!named || ticked.includes(named))) {
      return ticked;
    }
    const target = this.target(args);
    return target ? [target] : [];
  }

  private async export(runId: string): Promise<void> {
    const written = await this.shared.client.exportRun(runId, this.directory());
    await this.registry.execute('docmanager:open', { path: written.path });
  }

  private async rename(runId: string): Promise<void> {
    const run = await this.read(runId);
    const { value } = await InputDialog.getText({
      title: this.trans.__('Rename Run'),
      text: run.run_name,
      okLabel: this.trans.__('Rename')
    });
    const name = value?.trim();
    if (name && name !== run.run_name) {
      await this.patch(runId, { name });
    }
  }

  private async editTags(runId: string): Promise<void> {
    const run = await this.read(runId);
    const text = await askText({
      title: this.trans.__('Tags of %1', run.run_name),
      hint: this.trans.__('One tag a line: key = value'),
      text: tagsToText(run.tags),
      trans: this.trans
    });
    if (text !== null) {
      await this.patch(runId, { tags: textToPatch(run.tags, text) });
    }
  }

  private async editNote(runId: string): Promise<void> {
    const run = await this.read(runId);
    const text = await askText({
      title: this.trans.__('Note on %1', run.run_name),
      hint: this.trans.__('What is worth remembering about this run?'),
      text: run.tags[NOTE] ?? '',
      trans: this.trans
    });
    if (text !== null) {
      await this.patch(runId, { tags: { [NOTE]: text.trim() || null } });
    }
  }

  private async star(runId: string): Promise<void> {
    const run = await this.read(runId);
    await this.patch(runId, { tags: { [STAR]: isStarred(run.tags) ? null : 'true' } });
  }

  private async delete(runIds: string[]): Promise<void> {
    const { client, runs, selection } = this.shared;
    const deleted = await client.deleteRuns(runIds);
    runs.remove(deleted);
    selection.forget(deleted);
    const count = this.trans._n('Deleted %1 run', 'Deleted %1 runs', deleted.length);
    Notification.success(count, {
      autoClose: UNDO_TIME,
      actions: [
        {
          label: this.trans.__('Undo'),
          callback: () => void this.registry.execute(Commands.restoreRuns, { run_ids: deleted })
        }
      ]
    });
  }

  private async restore(runIds: string[]): Promise<void> {
    await this.shared.runs.follow(await this.shared.client.restoreRuns(runIds));
  }

  private async patch(runId: string, patch: IRunPatch): Promise<void> {
    this.shared.runs.replace([await this.shared.client.patchRun(runId, patch)]);
  }

  private async read(runId: string): Promise<IRun> {
    const [run] = await this.shared.client.queryRuns([runId]);
    if (!run) {
      throw new Error(this.trans.__('The run %1 is not there any more.', runId));
    }
    return run;
  }

  private async guard(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      Notification.error(error instanceof Error ? error.message : String(error));
    }
  }
}
