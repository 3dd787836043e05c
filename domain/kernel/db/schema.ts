/** The tables of the database. Written by `npm run generate` from what the migrations make. */
import type { ColumnType } from 'kysely'

/** An insert may leave it out. */
type Defaulted<C> = C extends ColumnType<infer S, infer I, infer U> ? ColumnType<S, I | undefined, U> : ColumnType<C, C | undefined, C>
/** Read as a string of digits. */
type BigInteger = ColumnType<string, number | string, number | string>
/** Read as a value of any shape, written as JSON text. */
type Json = ColumnType<unknown, string, string>
/** Read as text. */
type Timestamp = ColumnType<string, Date | string, Date | string>

export interface Tables {
  access_grant: {
    subject: string
    user_id: string
    role: string
    created_at: Timestamp
    updated_at: Timestamp
  }
  audit_head: {
    one: Defaulted<boolean>
    position: BigInteger
    hash: string
  }
  audit_personal_data: {
    position: BigInteger
    person: string | null
    salt: string | null
    details: Json | null
    erased_at: Timestamp | null
  }
  audit_row: {
    position: BigInteger
    at: Timestamp
    action: string
    subject: string
    actor_kind: string
    actor: string | null
    on_behalf_of: string | null
    data: Json
    commitment: string | null
    previous: string
    hash: string
  }
  audit_tree_head: {
    size: BigInteger
    root: string
    hash: string
    at: Timestamp
    signature: string | null
    certificate: string | null
  }
  comment: {
    id: string
    thread_id: string
    user_id: string
    text: string
    mentions: string[]
    created_at: Timestamp
    edited_at: Timestamp | null
    author_name: string | null
  }
  comment_reaction: {
    comment_id: string
    emoji: string
    user_id: string
    at: Timestamp
  }
  comment_thread: {
    id: string
    document: string
    state: string
    anchor: Json | null
    signs: Json | null
    vector: string | null
    quote: string | null
    created_at: Timestamp
    resolved_at: Timestamp | null
    resolved_by: string | null
    suggestion: string | null
    suggestion_author: string | null
    anchor_text: string | null
    blocking: Defaulted<boolean>
  }
  conversation: {
    id: string
    created_at: Timestamp
    updated_at: Timestamp
    subject: string | null
    name: string | null
    general: boolean
    people: string[] | null
    head: BigInteger
    said_at: Timestamp
    archived_at: Timestamp | null
    version: Defaulted<number>
  }
  conversation_seen: {
    user_id: string
    conversation: string
    seq: BigInteger
  }
  credential: {
    user_id: string
    hash: string
    created_at: Timestamp
    updated_at: Timestamp
  }
  delivery: {
    id: string
    created_at: Timestamp
    updated_at: Timestamp
    channel: string
    user_id: string | null
    webhook_id: string | null
    notification_ids: string[]
    position: BigInteger | null
    target: string
    state: string
    due_at: Timestamp | null
    attempts: number
    reason: string | null
    code: number | null
    finished_at: Timestamp | null
    letter: string | null
    letter_id: string | null
  }
  device: {
    hash: string
    user_id: string
    created_at: Timestamp
    used_at: Timestamp
  }
  document: {
    id: string
    kind: string
    title: string
    frozen_at: Timestamp | null
    created_at: Timestamp
    updated_at: Timestamp
    head: BigInteger
  }
  document_export: {
    id: string
    created_at: Timestamp
    updated_at: Timestamp
    user_id: string
    document_name: string
    format: string
    name: string
    at: BigInteger | null
    redline_from: BigInteger | null
    state: string
    problem: string | null
    comments: boolean
    warnings: Json
  }
  document_import: {
    id: string
    created_at: Timestamp
    updated_at: Timestamp
    user_id: string
    venture_id: string | null
    name: string
    state: string
    document_name: string | null
    problem: string | null
    warnings: Json
  }
  document_look: {
    user: string
    document: string
    at: BigInteger
    looked_at: Timestamp
  }
  document_session: {
    document: string
    from_seq: BigInteger
    to_seq: BigInteger
    started_at: Timestamp
    ended_at: Timestamp
    people: Json
    wrote: Buffer
    edits: Buffer
    state: Buffer | null
  }
  document_snapshot: {
    document: string
    seq: BigInteger
    state: Buffer
    at: Timestamp
    wrote: Buffer | null
    bounded_seq: BigInteger | null
  }
  document_undo: {
    document: string
    user_id: string
    from_seq: BigInteger
    to_seq: BigInteger
    by_user: string
    at: Timestamp
  }
  document_update: {
    document: string
    seq: BigInteger
    actor: string | null
    at: Timestamp
    update: Buffer
    actor_kind: string | null
    on_behalf_of: string | null
  }
  document_version: {
    id: string
    document: string
    name: string
    at: BigInteger
    user_id: string
    created_at: Timestamp
  }
  envelope: {
    id: string
    created_at: Timestamp
    updated_at: Timestamp
    document: string
    title: string
    state: string
    created_by: string
    message: string
    deadline: Timestamp | null
    remind_every_days: number | null
    decline_allowed: boolean
    hide_until_turn: boolean
    needed: Json
    content_hash: string | null
    seq: BigInteger | null
    sent_at: Timestamp | null
    ended_at: Timestamp | null
    end_reason: string | null
    supersedes: string | null
    version: Defaulted<number>
  }
  envelope_act: {
    party: string
    envelope: string
    kind: string
    at: Timestamp
    content_hash: string
    consent_version: string | null
    mark: Json | null
    image: Buffer | null
    method: string
    postal_address: string | null
    audit_position: BigInteger
    audit_hash: string
  }
  envelope_file: {
    envelope: string
    kind: string
    file: string
    sha256: string
    made_at: Timestamp
    warnings: Json
  }
  envelope_party: {
    id: string
    created_at: Timestamp
    updated_at: Timestamp
    envelope: string
    number: number
    user_id: string | null
    name: string
    email: string
    role: string
    step: number
    witness_of: string | null
    delegated_from: string | null
    state: string
    notified_at: Timestamp | null
    viewed_at: Timestamp | null
    acted_at: Timestamp | null
    reminded_at: Timestamp | null
    reason: string | null
    invitation: string | null
  }
  event: {
    id: string
    position: BigInteger | null
    name: string
    subject: string
    audience: string[]
    actor: string | null
    data: Json
    at: Timestamp
    actor_kind: string | null
    on_behalf_of: string | null
  }
  event_audience: {
    audience: string
    position: BigInteger
  }
  event_cursor: {
    name: string
    position: BigInteger
  }
  event_gap: {
    after: BigInteger
    upto: BigInteger
  }
  event_head: {
    id: Defaulted<boolean>
    position: BigInteger
    forgotten: Defaulted<BigInteger>
  }
  idempotency: {
    actor: string
    key: string
    fingerprint: string
    answer: Json | null
    at: Timestamp
  }
  installation: {
    id: Defaulted<boolean>
    name: Defaulted<string>
    storage: string | null
  }
  kept_piece: {
    file: string
    number: number
    at: Timestamp
    bytes: Buffer
  }
  legal_clause: {
    id: string
    created_at: Timestamp
    updated_at: Timestamp
    name: string
    content: Json
    words: string
    tags: string[]
    owner_id: string
    venture_id: string | null
    version: Defaulted<number>
  }
  legal_clause_use: {
    clause_id: string
    draft_id: string
    times: number
    first_at: Timestamp
    last_at: Timestamp
  }
  legal_draft: {
    id: string
    created_at: Timestamp
    updated_at: Timestamp
    title: string
    kind: string
    state: string
    venture_id: string | null
    version: Defaulted<number>
    template_id: string | null
    created_by: string | null
    based_on: string | null
    based_on_seq: BigInteger | null
  }
  legal_level: {
    user_id: string
    level: string
    since: Timestamp
    set_by: string | null
    version: Defaulted<number>
  }
  legal_publication: {
    id: string
    kind: string
    document_id: string
    content_hash: string
    major: number
    minor: number
    published_at: Timestamp
    published_by: string | null
    withdrawn_at: Timestamp | null
    major_since: Timestamp
  }
  legal_review_decision: {
    id: string
    document: string
    user_id: string
    decision: string
    comment: string | null
    hash: string
    seq: BigInteger
    at: Timestamp
    current: boolean
    checked_at: Timestamp
    lapsed_at: Timestamp | null
  }
  legal_reviewer: {
    document: string
    user_id: string
    added_by: string
    added_at: Timestamp
  }
  legal_setting: {
    id: number
    gates: boolean
  }
  legal_signed_document: {
    id: string
    user_id: string
    kind: string
    document_id: string
    publication_id: string
    signed_at: Timestamp
    expires_at: Timestamp
    revoked_at: Timestamp | null
  }
  message: {
    id: string
    conversation: string
    seq: BigInteger
    user_id: string
    kind: string
    text: string
    words: string | null
    mentions: string[]
    thread_id: string | null
    replies: number
    replied_at: Timestamp | null
    created_at: Timestamp
    edited_at: Timestamp | null
    deleted_at: Timestamp | null
  }
  message_file: {
    id: string
    conversation: string
    message_id: string | null
    user_id: string
    name: string
    size: number
    created_at: Timestamp
  }
  message_reaction: {
    message_id: string
    emoji: string
    user_id: string
    at: Timestamp
  }
  notification: {
    id: string
    user_id: string
    position: BigInteger | null
    type: string
    category: string
    priority: string
    critical: boolean
    subject: string | null
    group: string
    actor_id: string | null
    title: string
    message: string
    data: Json
    channels: string[]
    created_at: Timestamp
    arrived_at: Timestamp
    seen_at: Timestamp | null
    read_at: Timestamp | null
    archived_at: Timestamp | null
    snoozed_until: Timestamp | null
    expires_at: Timestamp | null
  }
  notification_preference: {
    user_id: string
    chosen: Json
    updated_at: Timestamp
  }
  outbox_mail: {
    id: string
    created_at: Timestamp
    recipient: string
    subject: string
    text: string
    html: string
  }
  password_reset: {
    id: string
    hash: string
    user_id: string
    asked_at: Timestamp
    expires_at: Timestamp
    used_at: Timestamp | null
  }
  push_key: {
    name: string
    public_key: string
    private_key: string
  }
  push_subscription: {
    id: string
    created_at: Timestamp
    updated_at: Timestamp
    user_id: string
    endpoint: string
    p256dh: string
    auth: string
    user_agent: string | null
  }
  refresh_token: {
    hash: string
    session_id: string
    created_at: Timestamp
    used_at: Timestamp | null
  }
  session: {
    id: string
    user_id: string
    created_at: Timestamp
    last_used_at: Timestamp
    expires_at: Timestamp
    ended_at: Timestamp | null
    user_agent: string
    address: string
  }
  sign_in_attempt: {
    email: string
    source: string
    failures: number
    last_at: Timestamp
    next_at: Timestamp | null
  }
  sign_in_hour: {
    email: string
    failed_at: string[]
  }
  signing_certificate: {
    id: string
    kind: string
    root_id: string | null
    pem: string
    serial: string
    key_fingerprint: string
    not_before: Timestamp
    not_after: Timestamp
    warned_at: Timestamp | null
    created_at: Timestamp
  }
  signing_code: {
    id: string
    link: string
    created_at: Timestamp
    expires_at: Timestamp
    tries: Defaulted<number>
    used_at: Timestamp | null
  }
  signing_link: {
    id: string
    party: string
    hash: string
    created_at: Timestamp
    expires_at: Timestamp
    ended_at: Timestamp | null
  }
  space: {
    id: string
    created_at: Timestamp
    updated_at: Timestamp
    name: string
    venture_id: string | null
    version: Defaulted<number>
  }
  state_machine: {
    type: string
    id: string
    subject: string
    definition_version: number
    state: string
    snapshot: Json
    version: number
    started_at: Timestamp
    changed_at: Timestamp
    done: boolean
  }
  state_machine_timer: {
    type: string
    machine_id: string
    name: string
    event: string
    due_at: Timestamp
  }
  state_machine_transition: {
    id: string
    type: string
    machine_id: string
    version: number
    definition_version: number
    event: string
    from_state: string | null
    to_state: string
    reason: string | null
    data: Json | null
    actor: string | null
    actor_kind: string
    on_behalf_of: string | null
    at: Timestamp
  }
  subject: {
    name: string
    parent: string | null
  }
  subject_watch: {
    user_id: string
    subject: string
    level: string
    updated_at: Timestamp
  }
  suggestion: {
    document: string
    id: string
    mark: string
    user_id: string | null
    kind: string
    inserted: string
    deleted: string
    at: Timestamp | null
    parts: Json | null
    state: string
    decided_by: string | null
    decided_at: Timestamp | null
    applied: Defaulted<boolean>
    typed: Defaulted<boolean>
    author_name: string | null
    formatted: Defaulted<string>
    formats: Defaulted<Json>
  }
  user: {
    id: string
    created_at: Timestamp
    updated_at: Timestamp
    email: string
    name: string
    role: string
    status: string
    version: Defaulted<number>
  }
  venture: {
    id: string
    created_at: Timestamp
    updated_at: Timestamp
    name: string
    purpose: string | null
    version: Defaulted<number>
  }
  webhook: {
    id: string
    created_at: Timestamp
    updated_at: Timestamp
    audience: string
    user_id: string
    url: string
    events: string[]
    description: string
    secret: string
    previous_secret: string | null
    previous_until: Timestamp | null
    after: BigInteger
    state: string
    reason: string | null
    failing_since: Timestamp | null
  }
}
