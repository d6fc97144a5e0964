import { ThawError } from '../../core/errors';
import { asArray, asObject, asString, isObject, type JsonObject } from './json-value';

/** One layer as the model file describes it, before its class is looked at. */
export interface KerasLayer {
  readonly className: string;
  readonly name: string;
  readonly config: JsonObject;
  readonly inputs: readonly string[];
}

export interface Topology {
  readonly name: string;
  /** Keras's major version where the file tells it: activations of one name differ between 2 and 3. */
  readonly kerasMajor: number | null;
  /** In topological order, only those that the output needs. */
  readonly layers: readonly KerasLayer[];
  readonly output: string;
}

/**
 * Reads `modelTopology` of a TensorFlow.js layers model: Sequential and functional models, with or without
 * Keras's `model_config` around them, with the links between layers in Keras 2's or Keras 3's style.
 * @throws ThawError `model-invalid`, `model-graph-model`, `model-unsupported-layer`
 */
export function readTopology(json: unknown): Topology {
  const file = asObject(json, 'model.json');
  if (file.format === 'graph-model' || (isObject(file.modelTopology) && 'node' in file.modelTopology)) {
    throw new ThawError(
      'model-graph-model',
      'This is a graph model: BatchNorm is folded away in it and its weights cannot be trained. Convert the original model to a layers model (tfjs_layers_model) instead.',
    );
  }
  if (!isObject(file.modelTopology)) {
    throw new ThawError(
      'model-invalid',
      'This JSON file describes no layers model: it has no modelTopology. Choose the model.json of a TensorFlow.js layers model.',
    );
  }
  const wrapper = file.modelTopology;
  const model = isObject(wrapper.model_config) ? wrapper.model_config : wrapper;
  const className = asString(model.class_name, 'the class name of the model');
  const version = wrapper.keras_version;
  const kerasMajor = typeof version === 'string' ? Number.parseInt(version, 10) || null : null;
  if (className === 'Sequential') return { ...readSequential(model.config), kerasMajor };
  if (className === 'Model' || className === 'Functional') {
    return { ...readFunctional(asObject(model.config, 'the model config')), kerasMajor };
  }
  throw new ThawError(
    'model-unsupported-layer',
    `A model of class ${className} cannot be read. Save it as a Sequential or functional Keras model.`,
  );
}

type Links = Omit<Topology, 'kerasMajor'>;

function readSequential(config: unknown): Links {
  const list = Array.isArray(config)
    ? config
    : asArray(asObject(config, 'the model config').layers, 'layers');
  const layers: KerasLayer[] = [];
  for (const [index, value] of list.entries()) {
    const layer = readLayer(value, index);
    const previous = layers.at(-1);
    if (previous === undefined && layer.className !== 'InputLayer') {
      layers.push(impliedInput(layer.config, isObject(config) ? config : {}));
    }
    const source = layers.at(-1);
    layers.push({ ...layer, inputs: source === undefined ? [] : [source.name] });
  }
  const last = layers.at(-1);
  if (last === undefined) throw new ThawError('model-invalid', 'The model has no layers. Export it again.');
  refuseDuplicates(layers);
  const name = isObject(config) && typeof config.name === 'string' ? config.name : 'sequential';
  return { name, layers, output: last.name };
}

/** A Sequential model may leave its input layer out and give the shape to the first layer. */
function impliedInput(first: JsonObject, model: JsonObject): KerasLayer {
  const shape = first.batch_input_shape ?? first.batch_shape ?? model.build_input_shape;
  if (shape === undefined) {
    throw new ThawError(
      'model-invalid',
      'The model does not say the shape of its pictures. Give its first layer an input shape and export it again.',
    );
  }
  return {
    className: 'InputLayer',
    name: 'input',
    config: { name: 'input', batch_shape: shape },
    inputs: [],
  };
}

function readFunctional(config: JsonObject): Links {
  const layers = asArray(config.layers, 'layers').map((value, index) => {
    const layer = readLayer(value, index);
    const nodes = asArray(
      asObject(value, `layer ${index}`).inbound_nodes ?? [],
      `inbound_nodes of ${layer.name}`,
    );
    if (nodes.length > 1) {
      throw new ThawError(
        'model-unsupported-layer',
        `The layer ${layer.name} is used ${nodes.length} times in this model; a shared layer cannot be read. Use a model in which each layer is used once.`,
      );
    }
    return { ...layer, inputs: nodes.length === 0 ? [] : linksOf(nodes[0], layer.name) };
  });
  refuseDuplicates(layers);
  onlyEnd(config.input_layers, 'input');
  const output = onlyEnd(config.output_layers, 'output');
  return {
    name: typeof config.name === 'string' ? config.name : 'model',
    layers: sortByDepth(layers, output),
    output,
  };
}

function readLayer(value: unknown, index: number): Omit<KerasLayer, 'inputs'> {
  const layer = asObject(value, `layer ${index}`);
  const config = asObject(layer.config, `the config of layer ${index}`);
  return {
    className: asString(layer.class_name, `the class name of layer ${index}`),
    name: asString(config.name ?? layer.name, `the name of layer ${index}`),
    config,
  };
}

/** Keras 2 writes a node as [[name, node, tensor, kwargs], …], Keras 3 as { args: [tensor or tensors], kwargs }. */
function linksOf(node: unknown, layer: string): string[] {
  if (isObject(node)) return historiesIn(node.args);
  const links = asArray(node, `inbound_nodes of ${layer}`);
  const single = typeof links[0] === 'string' ? [links] : links;
  return single.map((link) => asString(asArray(link, `a link of ${layer}`)[0], `a link of ${layer}`));
}

function historiesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(historiesIn);
  if (!isObject(value) || !isObject(value.config)) return [];
  const history = value.config.keras_history;
  return Array.isArray(history) && typeof history[0] === 'string' ? [history[0]] : [];
}

/** The one input or output of the model: [[name, 0, 0]], or Keras 3's [name, 0, 0]. */
function onlyEnd(value: unknown, what: 'input' | 'output'): string {
  const ends = asArray(value, `${what}_layers`);
  if (typeof ends[0] === 'string') return ends[0];
  if (ends.length !== 1) {
    throw new ThawError(
      'model-unsupported-layer',
      `The model has ${ends.length} ${what}s; a backbone has one ${what}. Export it with a single ${what}.`,
    );
  }
  return asString(asArray(ends[0], `${what}_layers`)[0], `${what}_layers`);
}

function refuseDuplicates(layers: readonly KerasLayer[]): void {
  const seen = new Set<string>();
  for (const { name } of layers) {
    if (seen.has(name)) {
      throw new ThawError(
        'model-invalid',
        `Two layers of the model are both called ${name}. Give each its own name.`,
      );
    }
    seen.add(name);
  }
}

function sortByDepth(layers: readonly KerasLayer[], output: string): KerasLayer[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const sorted: KerasLayer[] = [];
  const state = new Map<string, 'open' | 'done'>();
  // An own stack instead of recursion: a hostile file may chain a million layers.
  const stack: { name: string; next: number }[] = [{ name: output, next: 0 }];
  while (stack.length > 0) {
    const top = stack.at(-1)!;
    const layer = byName.get(top.name);
    if (layer === undefined) {
      throw new ThawError(
        'model-invalid',
        `The model refers to a layer ${top.name} that it does not have. Export it again.`,
      );
    }
    state.set(top.name, 'open');
    const input = layer.inputs[top.next];
    if (input === undefined) {
      state.set(top.name, 'done');
      sorted.push(layer);
      stack.pop();
      continue;
    }
    top.next += 1;
    if (state.get(input) === 'open') {
      throw new ThawError(
        'model-invalid',
        `The layers of the model form a circle at ${input}. Export it again.`,
      );
    }
    if (state.get(input) !== 'done') stack.push({ name: input, next: 0 });
  }
  return inFileOrder(sorted, layers);
}

/** The file's own order where it is a topological one (it nearly always is): what people know the model by. */
function inFileOrder(sorted: KerasLayer[], layers: readonly KerasLayer[]): KerasLayer[] {
  const needed = new Set(sorted.map((layer) => layer.name));
  const seen = new Set<string>();
  const ordered = layers.filter((layer) => needed.has(layer.name));
  const topological = ordered.every((layer) => {
    seen.add(layer.name);
    return layer.inputs.every((input) => seen.has(input));
  });
  return topological ? ordered : sorted;
}
