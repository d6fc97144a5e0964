import { proposalFor } from '../../store/backbone-actions';
import { useThawState } from '../thaw-context';

const ANY_SIZES = [32, 64, 96, 128, 160, 192, 224, 256];

interface Choice {
  readonly value: string;
  readonly label: string;
}

interface BackboneChoices {
  readonly sources: readonly Choice[];
  readonly ends: readonly Choice[];
  readonly end: string;
  readonly sizes: readonly Choice[];
  readonly size: number;
  /** Whether the controls say something else than what is loaded. */
  readonly changed: boolean;
}

/** What the three selects of the Backbone panel offer, and which of it is chosen or proposed. */
export function useBackboneChoices(): BackboneChoices {
  const catalogue = useThawState((state) => state.catalogue);
  const machine = useThawState((state) => state.machine);
  const { draft, report } = useThawState((state) => state.backbone);

  const id = draft.source.kind === 'bundled' ? draft.source.id : null;
  const entry = catalogue.find((backbone) => backbone.id === id);
  const proposal = entry === undefined ? null : proposalFor(entry, machine);

  const endNames = entry?.blockEnds ?? report?.possibleEnds ?? [];
  const end = draft.backboneEnd ?? proposal?.backboneEnd ?? '';
  const size = draft.pictureSize ?? proposal?.pictureSize ?? report?.pictureSize ?? 96;
  const sizes = new Set([...(entry?.pictureSizes ?? ANY_SIZES), size]);

  return {
    sources: [
      ...catalogue.map(({ id: value, name }) => ({ value, label: name })),
      ...(entry === undefined && id !== null ? [{ value: id, label: id }] : []),
      { value: 'files', label: 'A layers model from files …' },
      { value: 'url', label: 'A layers model from an address …' },
    ],
    ends: [
      ...(endNames.includes(end)
        ? []
        : [{ value: end, label: end === '' ? 'Found when it is loaded' : end }]),
      ...endNames.map((name, index) => ({
        value: name,
        label: `${name}${endNote(name, index, endNames.length, proposal?.backboneEnd)}`,
      })),
    ],
    end,
    sizes: [...sizes]
      .sort((a, b) => a - b)
      .map((side) => ({
        value: String(side),
        label: `${side} × ${side}${side === proposal?.pictureSize ? ' (proposed)' : ''}`,
      })),
    size,
    changed: report !== null && (report.backboneEnd !== end || report.pictureSize !== size),
  };
}

function endNote(name: string, index: number, count: number, proposed: string | undefined): string {
  const notes = [index === count - 1 ? 'whole network' : '', name === proposed ? 'proposed' : ''];
  const said = notes.filter((note) => note !== '').join(', ');
  return said === '' ? '' : ` (${said})`;
}
