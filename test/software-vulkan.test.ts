import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { softwareVulkanEnv } from '../scripts/software-vulkan.mjs';

describe('the software Vulkan driver of a browser', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'thaw-vulkan-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const install = (folder: string): string => {
    mkdirSync(join(root, folder), { recursive: true });
    for (const file of ['chrome', 'vk_swiftshader_icd.json', 'libvulkan.so.1']) {
      writeFileSync(join(root, folder, file), '');
    }
    return join(root, folder, 'vk_swiftshader_icd.json');
  };

  it('is found beside the executable, through a link', () => {
    const driver = install('chrome-linux');
    symlinkSync(join(root, 'chrome-linux', 'chrome'), join(root, 'link'));
    expect(softwareVulkanEnv(join(root, 'link'))).toMatchObject({ VK_ICD_FILENAMES: driver });
  });

  it('is found where a distribution keeps what its start script starts', () => {
    const driver = install('lib/chromium');
    mkdirSync(join(root, 'bin'));
    writeFileSync(join(root, 'bin', 'chromium'), '#!/bin/sh\nexec $LIBDIR/chromium "$@"\n');
    expect(softwareVulkanEnv(join(root, 'bin', 'chromium'))).toMatchObject({ VK_ICD_FILENAMES: driver });
  });

  it('is null where the browser ships none', () => {
    writeFileSync(join(root, 'chrome'), '');
    expect(softwareVulkanEnv(join(root, 'chrome'))).toBeNull();
  });
});
