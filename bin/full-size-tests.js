/**
 * Test files that `npm test` leaves to the full size (`TEST_SIZE=full npm test`, which the gate runs), so that it takes under three minutes
 * on two cores. Naming a file or a folder runs it all the same.
 */
export const fullSizeTests = [
  // files in and out by the worker, large documents and bodies, long silences and histories, installations of earlier versions, requests
  // at random
  'test/api/large-bodies.test.ts',
  'test/api/cursor.test.ts',
  'test/api/exports.test.ts',
  'test/api/file-queue.test.ts',
  'test/api/generated.test.ts',
  'test/api/history.test.ts',
  'test/api/imports.test.ts',
  'test/api/large-documents.test.ts',
  'test/api/unknown-nodes.test.ts',
  'test/collab/amplification.test.ts',
  'test/collab/bounds.test.ts',
  'test/collab/suggesting.test.ts',
  'test/conformance/reconnect.test.ts',
  'test/contract/upgrade.test.ts',
  'test/domain/ownership.test.ts',
  'test/domain/history-traces.test.ts',
  'test/journeys/demo.test.ts',
  'test/journeys/new-slice.test.ts',
  'test/journeys/trace.test.ts',
  'test/kernel/write-ahead-log.test.ts',
  // each page of the workspace with all that one can do there; tour.test.ts stays
  'test/web/board.test.ts',
  'test/web/channels.test.ts',
  'test/web/comments.test.ts',
  'test/web/exports.test.ts',
  'test/web/history.test.ts',
  'test/web/inbox.test.ts',
  'test/web/messaging.test.ts',
  'test/web/password.test.ts',
  'test/web/people.test.ts',
  'test/web/placeholders.test.ts',
  'test/web/templates.test.ts',
  'test/web/viewers.test.ts',
  'test/web/workspace.test.ts',
]
