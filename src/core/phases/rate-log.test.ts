import { expect, it } from 'vitest';
import { rateLog } from './rate-log';

it('logs both rates as Lightning does, rounded, once the backbone has one', () => {
  expect(rateLog({ rates: [0.1], callbackRates: [null] }, 12)).toBeNull();
  const state = { rates: [0.1, 0.010000000000000002], callbackRates: [null, 0.010000000000000002] };
  expect(rateLog(state, 12)).toBe('Current lr: 0.1, Backbone lr: 0.01');
  expect(rateLog({ ...state, rates: [0.12345, 0.00051] }, 3)).toBe('Current lr: 0.123, Backbone lr: 0.001');
});
