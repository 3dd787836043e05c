/** Statements about the PostgreSQL server and the nodes connected to it. */

/** Prefix of the application name of a node's connections, by which nodes are counted. A dead node has no connections. */
export const applicationNamePrefix = 'smartstart-'
/** Counts the nodes that have the database open. `$1`: the prefix. */
export const countNodesStatement = {
  name: 'nodes counted',
  text: `select count(distinct application_name)::int as nodes from pg_stat_activity
    where datname = current_database() and starts_with(application_name, $1)`,
}

/**
 * Reads an id of the storage: it differs for another cluster (a dump was loaded), another timeline (point-in-time recovery, a failover), and a database created again in
 * the same cluster.
 */
export const storageIdStatement = {
  name: 'storage',
  text: `select concat_ws('/', (select system_identifier from pg_control_system()), left(pg_walfile_name(pg_current_wal_insert_lsn()), 8),
    (select oid from pg_database where datname = current_database())) as storage`,
}
