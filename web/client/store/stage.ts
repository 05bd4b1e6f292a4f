import type { FileRecord, Stage } from '../index';

/** Returns the stage of a stored file, as its status has it. */
export function stageOf({ virus_scan_status: verdict, is_quarantined }: FileRecord): Stage {
  if (is_quarantined) return 'quarantined';
  if (verdict === 'pending') return 'queued';
  if (verdict === 'scanning') return 'scanning';
  return verdict === 'error' ? 'scan_failed' : 'ready';
}
