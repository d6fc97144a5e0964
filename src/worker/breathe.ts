/**
 * Lets the messages that wait be heard. Awaiting a promise is not enough: on the CPU backend a step never
 * leaves the microtasks. A message to oneself is a task, and unlike a timer it is not held back.
 */
export function createBreathe(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port2.postMessage(null);
    });
}
