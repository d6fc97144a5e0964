import type { PhaseOptions } from '../../store/phase-options';
import { useThaw } from '../thaw-context';

type SetPhaseOption = <Name extends keyof PhaseOptions>(name: Name, value: PhaseOptions[Name]) => boolean;

/** @returns a setter that says whether the change was taken; while training runs it is refused with a sentence. */
export function useSetPhaseOption(): SetPhaseOption {
  const { actions, attempt } = useThaw();
  return (name, value) => {
    let taken = false;
    void attempt('phases', () => {
      actions.setPhaseOption(name, value);
      taken = true;
    });
    return taken;
  };
}
