import { describe, expect, it } from 'vitest';
import { halfAccess, throughHalfAccess } from './half-access';

describe('a shader’s access to halves', () => {
  const through = (text: string) => throughHalfAccess(text, ['x', 'y']);

  it('reads', () => {
    expect(through('let a = x[i] + w[i];')).toBe('let a = load_x(u32(i)) + w[i];');
    expect(through('sum += x[i].z * max[2];')).toBe('sum += load_x(u32(i)).z * max[2];');
  });

  it('writes, also onto what is there', () => {
    expect(through('y[i] = f(x[i]);')).toBe('store_y(u32(i), f(load_x(u32(i))));');
    expect(through('{ y[at + 1u] += value; } z')).toBe(
      '{ store_y(u32(at + 1u), load_y(u32(at + 1u)) + (value)); } z',
    );
    expect(through('y[i]\n=\nx[i];y[j] = 0;')).toBe('store_y(u32(i), load_x(u32(i)));store_y(u32(j), 0);');
  });

  it('takes comparisons for no writing', () => {
    expect(through('if (x[i] == y[i]) { }')).toBe('if (load_x(u32(i)) == load_y(u32(i))) { }');
  });

  it('follows indices that are accesses themselves', () => {
    expect(through('y[t[x[i]]] = x[t[1]];')).toBe('store_y(u32(t[load_x(u32(i))]), load_x(u32(t[1])));');
  });

  it('leaves names alone that only end or begin alike', () => {
    expect(through('max[i] = xy[i] + x1[i] + my[i];')).toBe('max[i] = xy[i] + x1[i] + my[i];');
  });

  it('has no way to write single halves, of which two share a word', () => {
    const port = (lanes: 1 | 4, access: 'read' | 'readWrite') =>
      halfAccess({ name: 'x', lanes, format: 'half', access });
    expect(port(1, 'readWrite')).not.toContain('store_x');
    expect(port(4, 'read')).not.toContain('store_x');
    expect(port(4, 'readWrite')).toContain('store_x');
  });
});
