/** Says in one line what this run leaves out, and why. */
export default function tell() {
  const missing = []
  if (!process.env.TEST_DATABASE_URL) missing.push('PostgreSQL (set TEST_DATABASE_URL)')
  if (!process.env.TEST_REDIS_URL) missing.push('Redis (set TEST_REDIS_URL)')
  console.log(missing.length > 0 ? `Not tested here: ${missing.join(', ')}.` : 'Testing on PostgreSQL and Redis.')
}
