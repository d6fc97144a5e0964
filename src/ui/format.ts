/** Numbers as the page writes them. A measured zero is `0` and nothing else is. */

export function formatChange(change: number | null): string {
  if (change === null) return '';
  if (change === 0) return '0';
  if (!Number.isFinite(change)) return 'not finite';
  return change >= 0.001 ? change.toFixed(4) : change.toExponential(1);
}

export function formatRate(rate: number | null): string {
  if (rate === null) return '';
  if (rate === 0) return '0';
  return rate >= 0.0001 ? String(Number(rate.toPrecision(4))) : rate.toExponential(2);
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** A share of 1 with three digits; a dash where there is none (NaN: nothing was validated). */
export function formatShare(share: number | null): string {
  return share === null || Number.isNaN(share) ? '–' : share.toFixed(3);
}

export function formatLoss(loss: number | null): string {
  if (loss === null || Number.isNaN(loss)) return '–';
  return loss >= 1000 ? loss.toExponential(2) : loss.toFixed(4);
}

export function formatDuration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Steps a second with as many digits as are worth reading. */
export function formatSpeed(stepMs: number | null): string {
  if (stepMs === null || stepMs === 0) return '–';
  const perSecond = 1000 / stepMs;
  return perSecond >= 10 ? perSecond.toFixed(0) : perSecond.toPrecision(2);
}

export function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
