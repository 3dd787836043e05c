/** Certificates of the installation's certificate authority. The private key of a root is in SIGNING_CA_KEY, never here. */
import { Migration } from '@mikro-orm/migrations'

export class SigningCertificates extends Migration {
  override up(): void {
    this.addSql(`create table signing_certificate (
      id uuid primary key, kind varchar(16) not null check (kind in ('root', 'seal', 'signer')),
      root_id uuid constraint signing_certificate_root_id_foreign references signing_certificate (id),
      pem text not null, serial varchar(64) not null constraint signing_certificate_serial_unique unique,
      key_fingerprint varchar(64) not null, not_before timestamptz(3) not null, not_after timestamptz(3) not null, warned_at timestamptz(3),
      created_at timestamptz(3) not null,
      check ((kind = 'root') = (root_id is null)))`)
    this.addSql(`create unique index signing_certificate_root_key on signing_certificate (key_fingerprint) where kind = 'root'`)
    this.addSql(`create index signing_certificate_root_id_index on signing_certificate (root_id, kind, not_after)`)
  }
}
