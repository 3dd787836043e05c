/**
 * Test files that `npm test` leaves to the full size (`TEST_SIZE=full npm test`, which the gate runs), so that it takes under three minutes
 * on two cores. Naming a file or a folder runs it all the same.
 */
export const fullSizeTests = [
  // each page of the workspace with all that one can do there; workspace.test.ts and tour.test.ts stay
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
]
