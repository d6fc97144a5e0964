import { describe, expect, it, vi } from 'vitest';
import { type CameraDevices, openWebcam } from './webcam';

/** A track that knows whether its camera's light is on. */
class FakeTrack extends EventTarget {
  readyState: 'live' | 'ended' = 'live';
  readonly settings: { deviceId: string; facingMode?: string };

  constructor(settings: { deviceId: string; facingMode?: string }) {
    super();
    this.settings = settings;
  }

  stop() {
    this.readyState = 'ended';
  }

  getSettings() {
    return this.settings;
  }

  unplug() {
    this.stop();
    this.dispatchEvent(new Event('ended'));
  }
}

function fakeDevices(settings: { deviceId: string; facingMode?: string } = { deviceId: 'a' }) {
  const track = new FakeTrack(settings);
  const stream = { getTracks: () => [track], getVideoTracks: () => [track] } as unknown as MediaStream;
  const listed = [
    { kind: 'audioinput', deviceId: 'm', label: 'Microphone' },
    { kind: 'videoinput', deviceId: 'a', label: 'Front' },
    { kind: 'videoinput', deviceId: 'b', label: '' },
  ] as unknown as MediaDeviceInfo[];
  const getUserMedia = vi.fn(async (_: MediaStreamConstraints | undefined) => stream);
  return { track, stream, getUserMedia, enumerateDevices: async () => listed };
}

function open(devices: CameraDevices, cameraId: string | null = null) {
  const closing = new AbortController();
  const onLost = vi.fn();
  return { closing, onLost, opened: openWebcam(devices, { cameraId, signal: closing.signal, onLost }) };
}

describe('a camera', () => {
  it('that goes while the others are listed is lost, not open', async () => {
    const devices = fakeDevices();
    const { opened } = open({
      ...devices,
      enumerateDevices: async () => {
        devices.track.unplug();
        return [];
      },
    });
    await expect(opened).rejects.toMatchObject({ code: 'webcam-lost' });
  });

  it('is asked for without sound, and told with the others there are', async () => {
    const devices = fakeDevices();
    const { opened } = open(devices);
    expect(await opened).toEqual({
      stream: devices.stream,
      cameraId: 'a',
      cameras: [
        { id: 'a', name: 'Front' },
        { id: 'b', name: 'Camera 2' },
      ],
      preview: 'mirrored',
    });
    expect(devices.getUserMedia).toHaveBeenCalledWith(expect.objectContaining({ audio: false }));
  });

  it('that was chosen is the one, and one that looks away is no mirror', async () => {
    const devices = fakeDevices({ deviceId: 'b', facingMode: 'environment' });
    const { opened } = open(devices, 'b');
    expect(await opened).toMatchObject({ cameraId: 'b', preview: 'as-is' });
    const video = expect.objectContaining({ deviceId: { exact: 'b' } });
    expect(devices.getUserMedia).toHaveBeenCalledWith({ audio: false, video });
  });

  it('goes off when it is closed, also when it was still being opened', async () => {
    const late = fakeDevices();
    const { closing, opened } = open(late);
    await opened;
    expect(late.track.readyState).toBe('live');
    closing.abort();
    expect(late.track.readyState).toBe('ended');

    const early = fakeDevices();
    const waiting = open(early);
    waiting.closing.abort();
    await expect(waiting.opened).rejects.toMatchObject({ code: 'cancelled' });
    expect(early.track.readyState).toBe('ended');
  });

  it('that is unplugged is told', async () => {
    const devices = fakeDevices();
    const { opened, onLost } = open(devices);
    await opened;
    expect(onLost).not.toHaveBeenCalled();
    devices.track.unplug();
    expect(onLost).toHaveBeenCalledWith(expect.objectContaining({ code: 'webcam-lost' }));
  });

  it('will do where the others cannot be listed', async () => {
    const devices = { ...fakeDevices(), enumerateDevices: () => Promise.reject(new Error('not now')) };
    expect(await open(devices).opened).toMatchObject({ cameras: [] });
  });
});

describe('what a browser refuses', () => {
  it.each([
    ['NotAllowedError', 'webcam-refused'],
    ['SecurityError', 'webcam-refused'],
    ['NotFoundError', 'webcam-not-found'],
    ['OverconstrainedError', 'webcam-not-found'],
    ['NotReadableError', 'webcam-in-use'],
    ['AbortError', 'webcam-in-use'],
  ])('%s is %s, with a sentence', async (name, code) => {
    const getUserMedia = () => Promise.reject(new DOMException('in the words of a browser', name));
    const { opened } = open({ ...fakeDevices(), getUserMedia });
    await expect(opened).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/, then try again\.$/),
    });
  });

  it('a page that is neither on https nor of this machine has no cameras at all', async () => {
    await expect(open(undefined).opened).rejects.toMatchObject({ code: 'webcam-unavailable' });
  });

  it('what is not known is told as it is', async () => {
    const getUserMedia = () => Promise.reject(new RangeError('new in this browser'));
    await expect(open({ ...fakeDevices(), getUserMedia }).opened).rejects.toThrow('new in this browser');
  });
});
