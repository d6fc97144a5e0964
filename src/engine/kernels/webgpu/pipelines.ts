import { ThawError } from '../../../core/errors';
import type { Dispatch } from '../wgsl/shader';
import type { DeviceFaults } from './faults';

export interface CompiledPipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

export type CompileProgress = (done: number, total: number) => void;

/** Compiled once a device, whatever backends come and go on it. */
const ofDevice = new WeakMap<GPUDevice, Map<string, Promise<CompiledPipeline>>>();

/** Pipelines by their source: layers of one shape share one, and a plan loaded again compiles nothing. */
export class WebGpuPipelines {
  readonly #device: GPUDevice;
  readonly #faults: DeviceFaults;
  readonly #bySource: Map<string, Promise<CompiledPipeline>>;

  constructor(device: GPUDevice, faults: DeviceFaults) {
    this.#device = device;
    this.#faults = faults;
    this.#bySource = ofDevice.get(device) ?? new Map();
    ofDevice.set(device, this.#bySource);
  }

  /**
   * All at once, so that the driver compiles on as many threads as it has. Progress is in kernels that had not been
   * compiled. @throws ThawError `shader-invalid` */
  async compile(
    dispatches: readonly Dispatch[],
    onProgress: CompileProgress = () => {},
  ): Promise<readonly CompiledPipeline[]> {
    const missing = new Set(
      dispatches.map(({ source }) => source).filter((source) => !this.#bySource.has(source)),
    );
    const total = missing.size;
    if (total > 0) onProgress(0, total);
    const pipelines = dispatches.map(async (dispatch) => {
      const compiled = await this.#pipelineOf(dispatch);
      if (missing.delete(dispatch.source)) onProgress(total - missing.size, total);
      return compiled;
    });
    return Promise.all(pipelines);
  }

  #pipelineOf({ label, source }: Dispatch): Promise<CompiledPipeline> {
    let compiled = this.#bySource.get(source);
    if (!compiled) {
      compiled = this.#compile(label, source);
      this.#bySource.set(source, compiled);
      // The next who asks tries again: what was told here may have gone wrong elsewhere.
      compiled.catch(() => this.#bySource.delete(source));
    }
    return compiled;
  }

  async #compile(label: string, source: string): Promise<CompiledPipeline> {
    this.#faults.check();
    // createComputePipelineAsync rejects on an invalid module; the scope keeps the module's own error from the log.
    this.#device.pushErrorScope('validation');
    const module = this.#device.createShaderModule({ label, code: source });
    const moduleError = this.#device.popErrorScope();
    const compute = { module, entryPoint: 'main' };
    try {
      const pipeline = await this.#device.createComputePipelineAsync({ label, layout: 'auto', compute });
      return { pipeline, layout: pipeline.getBindGroupLayout(0) };
    } catch (error) {
      const reason = (await moduleError.catch(() => null))?.message ?? String(error);
      const fault = await this.#faults.explain(error, `The kernel ${label}`);
      if (fault.code === 'device-lost') throw fault;
      const message = `The kernel ${label} does not compile on this GPU. Choose another backend and report this: ${reason}`;
      throw new ThawError('shader-invalid', message, { cause: error });
    }
  }
}
