import { useCallback, useRef, useState } from 'react';
import { ScrollBox } from '../controls/scroll-box';
import { Panel } from '../frame/panel';
import { NetworkStrip } from '../strips/network-strip';
import { useThawState } from '../thaw-context';
import { LayerTable } from './layer-table';
import styles from './layers.module.css';

/** The network along depth and, below it, layer by layer. */
export function LayersPanel() {
  const layers = useThawState((state) => state.layers);
  const measured = useThawState((state) => state.layers === state.training.layers);
  const [chosen, setChosen] = useState(0);
  const scrollBox = useRef<HTMLElement>(null);

  const choose = useCallback((index: number) => {
    setChosen(index);
    const box = scrollBox.current;
    const row = box?.querySelectorAll('tbody tr')[index];
    if (box === null || !(row instanceof HTMLElement)) return;
    // Only the box scrolls: scrollIntoView would move the page away from the strip.
    box.scrollTop = row.offsetTop - box.clientHeight / 2;
  }, []);

  return (
    <Panel name="Layers" summary={measured ? 'measured after each epoch' : 'the plan before training'}>
      {layers.length === 0 ? (
        <p className={styles.empty}>Press Load backbone to see the network layer by layer.</p>
      ) : (
        <>
          <NetworkStrip layers={layers} chosen={Math.min(chosen, layers.length - 1)} onChoose={choose} />
          <ScrollBox ref={scrollBox} className={styles.scroll} label="Layer by layer">
            <LayerTable layers={layers} chosen={chosen} />
          </ScrollBox>
        </>
      )}
    </Panel>
  );
}
