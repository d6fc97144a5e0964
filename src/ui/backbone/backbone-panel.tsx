import { Download } from 'lucide-react';
import { Button } from '../controls/button';
import { SelectField } from '../controls/select-field';
import { formatCount } from '../format';
import { Panel } from '../frame/panel';
import { useThaw, useThawState } from '../thaw-context';
import styles from './backbone.module.css';
import { useBackboneChoices } from './backbone-choices';
import { OwnModelFields } from './own-model-fields';

export function BackbonePanel() {
  const { actions, attempt } = useThaw();
  const { draft, loading, report } = useThawState((state) => state.backbone);
  const entry = useThawState(({ catalogue }) =>
    draft.source.kind === 'bundled'
      ? catalogue.find(({ id }) => id === sourceValue(draft.source))
      : undefined,
  );
  const choices = useBackboneChoices();
  const edit = (change: Parameters<typeof actions.editBackbone>[0]) =>
    attempt('backbone', () => actions.editBackbone(change));

  return (
    <Panel name="Backbone" number={1} messagesOf="backbone" summary={<BackboneSummary />}>
      <SelectField
        label="Backbone"
        value={sourceValue(draft.source)}
        options={choices.sources}
        onChange={(value) =>
          edit({
            source: value === 'files' || value === 'url' ? { kind: value } : { kind: 'bundled', id: value },
            backboneEnd: null,
            pictureSize: null,
          })
        }
        help={entry && <BundledNote attribution={entry.attribution} />}
      />
      {draft.source.kind !== 'bundled' && <OwnModelFields draft={draft} onEdit={edit} />}
      <div className={styles.pair}>
        <SelectField
          label="Backbone end"
          value={choices.end}
          options={choices.ends}
          onChange={(backboneEnd) => edit({ backboneEnd: backboneEnd === '' ? null : backboneEnd })}
        />
        <SelectField
          label="Picture size"
          value={String(choices.size)}
          options={choices.sizes}
          onChange={(size) => edit({ pictureSize: Number(size) })}
        />
      </div>
      <div className={styles.press}>
        <Button
          look={report === null || choices.changed ? 'next' : 'plain'}
          disabled={loading}
          onClick={() => attempt('backbone', actions.loadDraft)}
        >
          <Download aria-hidden="true" size={15} />
          Load backbone
        </Button>
        <p className={styles.state}>
          {loading ? (
            <>
              <progress aria-label="Loading backbone" /> Loading …
            </>
          ) : (
            <NextPress loaded={report !== null} changed={choices.changed} />
          )}
        </p>
      </div>
    </Panel>
  );
}

function NextPress({ loaded, changed }: { readonly loaded: boolean; readonly changed: boolean }) {
  if (!loaded) return 'Press Load backbone to begin.';
  return changed ? 'Press Load backbone to apply the change.' : null;
}

function BackboneSummary() {
  const report = useThawState((state) => state.backbone.report);
  const layers = useThawState((state) => state.layers);
  if (report === null) return 'none loaded';
  const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  return `${layers.length} layers, ${report.batchNormLayers} BatchNorm, ${formatCount(parameters)} parameters`;
}

function BundledNote({ attribution }: { readonly attribution: string }) {
  return <>Comes with the page, nothing is fetched from elsewhere. {attribution}.</>;
}

function sourceValue(source: { kind: string; id?: string }): string {
  return source.id ?? source.kind;
}
