import type { Shell } from '../../domain/ports.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import type { MaintainContext } from '../maintain/context.ts';
import type { ContentPlace } from './place.ts';
import type { Coming } from './preview.ts';

/** What one deploy works on, while its host is connected and its unit leased. */
export interface Putting {
  readonly context: MaintainContext;
  readonly shell: Shell;
  readonly spec: HostSpec;
  readonly place: ContentPlace;
  readonly phext: string;
  readonly coming: Coming;
}
