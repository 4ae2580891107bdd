import type { ImagingTask } from '#pilots';
import type { ArchiveSource } from './archive-source.ts';
import type { DemoSite } from './demo-sites.ts';
import type { DemoSource } from './demo-source.ts';
import { imageSource } from './image-source.ts';
import { npzSource } from './npz-source.ts';
import { syntheticSource } from './synthetic-source.ts';

/** Opens the films that the person named. @throws UnicaError `village.*`, `engine.*`, `intake.*` for unusable input. */
export async function openArchiveSource(
  source: DemoSource,
  options: {
    readonly task: ImagingTask;
    readonly sites: readonly DemoSite[];
    /** Synthetic films that are made. */
    readonly films: number;
    readonly seed: number;
    /** Folder for films on their way. */
    readonly spool: string;
    readonly signal: AbortSignal;
  },
): Promise<ArchiveSource> {
  switch (source.kind) {
    case 'synthetic':
      return syntheticSource(options.sites, options);
    case 'npz':
      return await npzSource(source.path, options.seed);
    case 'images':
      return await imageSource(source.path, options);
  }
}
