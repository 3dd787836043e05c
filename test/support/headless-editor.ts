/** The workspace's editor without a browser: its extensions and its socket over the real provider, in happy-dom. */
import { HocuspocusProvider } from '@hocuspocus/provider'
import { Editor } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { TextSelection, type Transaction as EditorTransaction } from '@tiptap/pm/state'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import * as Y from 'yjs'
import { textName } from '../../domain/documents/richtext/schema.ts'
import { extensionsFor } from '../../web/features/editor/extensions/extensions.ts'
import { setSuggesting } from '../../web/features/suggestions/suggestion-mode.ts'
import { preventCleanUpWithoutAccess } from '../../web/lib/collab/format-clean-up.ts'
import { ProviderWebsocket, type SyncProgress } from '../../web/lib/collab/provider-websocket.ts'
import type { LiveDocument } from '../../web/lib/collab/live-document.ts'
import { toPlainText, type YjsContent } from '../../domain/documents/richtext/yjs-content.ts'
import { trackAcknowledgedWork } from './acknowledged.ts'
import type { Person } from './client.ts'
import { editorOperations } from './editor-operations.ts'
import { type Participant, reconnectSocket, pickWeighted } from './participant.ts'
import { readAllText } from './replicas.ts'
import { waitUntil } from './wait-until.ts'

/** Milliseconds until the document is opened again after a temporary refusal. The workspace waits a second or more. */
const retryDelayMs = 100
/** Long, because a node that restarts on a busy machine may need half a minute. */
const openTimeoutMs = 180_000
/** Close reasons after which a client opens the document again: the server stopped or unloaded the document. */
const temporaryRefusals = ['unavailable', 'provider_initiated']

export interface HeadlessEditorOptions {
  label: string
  url: string
  documentName: string
  person: Pick<Person, 'id' | 'name'> & { token: string }
  /** Called for everything that must not happen. */
  onFault: (fault: string) => void
}

/** The workspace's socket. It reports what the handling of a message writes to `console.error`. */
class ObservedWebsocket extends ProviderWebsocket {
  readonly #onError: (text: string) => void

  constructor(url: string, onError: (text: string) => void) {
    super(url)
    this.#onError = onError
  }

  override onMessage(event: MessageEvent): void {
    captureConsoleErrors(this.#onError, () => super.onMessage(event))
  }
}

/** Runs a function and reports what it writes to `console.error`. */
function captureConsoleErrors(onError: (text: string) => void, run: () => void): void {
  const { error } = console
  console.error = (...parts: unknown[]) => onError(parts.map((part) => (part instanceof Error ? part.stack : String(part))).join(' '))
  try {
    run()
  } finally {
    console.error = error
  }
}

export class HeadlessEditor implements Participant {
  readonly label: string
  readonly document = new Y.Doc()
  readonly acknowledgedWork
  editor!: Editor
  readonly options: HeadlessEditorOptions
  readonly #socket: ProviderWebsocket
  readonly #provider: HocuspocusProvider
  #progress: SyncProgress = { isIdle: true, hasSentMissing: false, pendingAcks: 0, refusedEdits: 0 }
  #scope: string | undefined
  #operation: string | undefined
  #closed = false
  /** Edits in suggestion mode that cannot be suggested. */
  refusedSuggestions = 0
  /** Transactions that the editor wrote without an operation of its user. */
  unpromptedEdits = 0

  constructor(options: HeadlessEditorOptions) {
    const { url, documentName, person, label } = options
    this.label = label
    this.options = options
    this.acknowledgedWork = trackAcknowledgedWork(this.document, (origin) => origin === this.#provider)
    this.#socket = new ObservedWebsocket(`${url.replace('http', 'ws')}/collab`, (text) => this.#fault(`console.error: ${text}`))
    Object.assign(this.#socket.configuration, { delay: 20, minDelay: 20, maxDelay: 200 })
    this.#socket.watchProgress(documentName, this.#onProgress)
    this.#provider = new HocuspocusProvider({
      name: documentName,
      document: this.document,
      websocketProvider: this.#socket,
      token: () => person.token,
    })
    this.#provider.on('authenticated', ({ scope }: { scope: string }) => {
      this.#scope = scope
      if (this.editor && !this.editor.isDestroyed) this.editor.setEditable(scope === 'read-write', false)
    })
    this.#provider.on('authenticationFailed', ({ reason }: { reason: string }) => this.#onRefusal(reason))
    this.#provider.on('close', ({ event }: { event: { reason: string } }) => {
      if (event.reason && event.reason !== 'provider_initiated' && this.#socket.status === 'connected') this.#onRefusal(event.reason)
    })
    this.document.on('afterTransaction', this.#onTransaction)
    preventCleanUpWithoutAccess(this.document, () => this.#scope === 'read-write')
    this.#provider.attach()
  }

  /** Opens the document, and an editor when it is synced. */
  static async open(options: HeadlessEditorOptions): Promise<HeadlessEditor> {
    const headless = new HeadlessEditor(options)
    await waitUntil(() => headless.#provider.isSynced && headless.#scope, `${options.label} to be synced`, openTimeoutMs)
    headless.show()
    return headless
  }

  /** Opens a new editor on the document. */
  show(): void {
    const live = { doc: this.document, provider: this.#provider } as unknown as LiveDocument
    const { person } = this.options
    this.editor = new Editor({
      element: document.createElement('div'),
      editable: this.#scope === 'read-write',
      extensions: extensionsFor(live, { id: person.id, name: person.name } as Parameters<typeof extensionsFor>[1], 'Write', {
        onThread() {},
        onSuggestion() {},
        onRefused: () => this.refusedSuggestions++,
        onUnsupported() {},
      }),
    })
  }

  /** Lets a commenter type suggestions, as the workspace does. */
  startSuggesting(): void {
    this.editor.setEditable(true, false)
    setSuggesting(this.editor, true)
  }

  get isEditable(): boolean {
    return this.editor.isEditable
  }

  /** Edits that the server has refused and not accepted since. */
  get refusedEdits(): number {
    return this.#progress.refusedEdits
  }

  get isSaved(): boolean {
    return this.#provider.isSynced && this.#progress.hasSentMissing && this.#progress.pendingAcks === 0
  }

  /** The state of its connection, for error messages. */
  get connectionState(): string {
    const { isIdle, hasSentMissing, pendingAcks, refusedEdits } = this.#progress
    const progress = isIdle
      ? 'not started'
      : `${hasSentMissing ? 'sent what was missing' : 'nothing sent'}, ${pendingAcks} acknowledgements pending, ${refusedEdits} refused`
    return `socket ${this.#socket.status}${this.#socket.shouldConnect ? '' : ' on purpose'}, ${this.#provider.isSynced ? 'synced' : 'not synced'}, ${this.#scope ?? 'no scope'}, ${progress}`
  }

  /** Does a random operation. @param operations those that it may do */
  act(random: () => number, word: string, operations = editorOperations(this.isEditable)): string {
    const [name, operation] = pickWeighted(operations, random)
    this.#checkShownText(`before ${name}`)
    const writes = this.acknowledgedWork.edits
    const text = this.document.getXmlFragment(textName).toString()
    this.perform(name, () => operation({ client: this, random, word }))
    // an empty text gets the paragraph that the schema requires from the next editor
    if (name === 'click' && this.acknowledgedWork.edits > writes && (text !== '' || !this.isEditable))
      this.#fault(`a click edited the document:\n${text}\nbecame\n${this.document.getXmlFragment(textName).toString()}`)
    return name
  }

  /** Runs an operation of the user. An error is a fault. */
  perform(name: string, run: () => void): void {
    this.#operation = name
    try {
      captureConsoleErrors((text) => this.#fault(`${name}: console.error: ${text}`), run)
    } catch (error) {
      this.#fault(`${name} threw ${(error as Error).stack}\nin ${this.document.getXmlFragment(textName).toString()}`)
    } finally {
      this.#operation = undefined
    }
  }

  /** Selects a range, or the nearest possible selection. */
  select(from: number, to = from): void {
    const { state, view } = this.editor
    const { size } = state.doc.content
    const [start, end] = [from, to].map((place) => state.doc.resolve(Math.max(0, Math.min(size, place))))
    view.dispatch(state.tr.setSelection(TextSelection.between(start as NonNullable<typeof start>, end as NonNullable<typeof end>)))
  }

  /** Types character by character, as from a keyboard. */
  type(text: string): void {
    const { view } = this.editor
    for (const character of text) {
      const { from, to } = view.state.selection
      const defaultInput = (): EditorTransaction => view.state.tr.insertText(character, from, to)
      if (!view.someProp('handleTextInput', (handle) => handle(view, from, to, character, defaultInput))) view.dispatch(defaultInput())
    }
  }

  /** Presses a key: calls the editor's key handlers, and deletes as a browser does for Backspace and Delete. */
  press(key: string, modifiers: KeyboardEventInit = {}): void {
    const { view } = this.editor
    if (view.someProp('handleKeyDown', (handle) => handle(view, new KeyboardEvent('keydown', { key, ...modifiers })))) return
    const { from, empty, $from } = view.state.selection
    if (key !== 'Backspace' && key !== 'Delete') return
    if (!empty) view.dispatch(view.state.tr.deleteSelection())
    else if (key === 'Backspace' && $from.parentOffset > 0) view.dispatch(view.state.tr.delete(from - 1, from))
    else if (key === 'Delete' && $from.parentOffset < $from.parent.content.size) view.dispatch(view.state.tr.delete(from, from + 1))
  }

  disconnect(): void {
    this.#socket.disconnect()
  }

  reconnect(): void {
    reconnectSocket(this.#socket)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.editor?.destroy()
    this.#provider.destroy()
    this.#socket.destroy()
    this.document.destroy()
  }

  #fault(description: string) {
    if (!this.#closed) this.options.onFault(`${this.label}: ${description}`)
  }

  /** Checks that the editor shows all text of the document; otherwise the next edit would delete what it does not show. */
  #checkShownText(moment: string) {
    const { doc } = this.editor.state
    const leafText = ({ attrs, type }: Node) => (type.name.startsWith('unsupported') ? toPlainText(attrs['content'] as YjsContent) : '')
    const [shown, stored] = [doc.textBetween(0, doc.content.size, '', leafText), readAllText(this.document)].map((text) =>
      text.replace(/\s/g, ''),
    )
    if (shown !== stored) this.#fault(`${moment} the editor shows other text than the document:\n${shown}\n${stored}`)
  }

  readonly #onProgress = (progress: SyncProgress) => {
    this.#progress = progress
    if (progress.hasSentMissing && progress.pendingAcks === 0) this.acknowledgedWork.acknowledge()
  }

  /** An editor must write only during an operation of its user. */
  readonly #onTransaction = (transaction: Y.Transaction) => {
    if (this.#operation !== undefined || transaction.origin !== ySyncPluginKey) return
    if (
      transaction.deleteSet.clients.size === 0 &&
      transaction.afterState.get(this.document.clientID) === transaction.beforeState.get(this.document.clientID)
    )
      return
    this.unpromptedEdits++
    const deleted = readDeletedText(transaction)
    if (deleted) this.#fault(`the editor deleted text to repair the document: ${JSON.stringify(deleted)}`)
    if (this.editor && !this.isEditable)
      this.#fault(`a read-only editor edited the document: it deleted ${listDeletedElements(transaction).join(', ') || 'no element'}`)
  }

  #onRefusal(reason: string) {
    if (this.#closed) return
    this.#socket.resetProgress(this.options.documentName)
    if (!temporaryRefusals.includes(reason)) return this.#fault(`the document was closed: ${reason}`)
    setTimeout(() => {
      if (!this.#closed) void this.#provider.onOpen(new Event('open'))
    }, retryDelayMs)
  }
}

/** The text that a transaction deleted. */
function readDeletedText(transaction: Y.Transaction): string {
  let text = ''
  Y.iterateDeletedStructs(transaction, transaction.deleteSet, (struct) => {
    if (struct instanceof Y.Item && struct.content instanceof Y.ContentString) text += struct.content.str
  })
  return text
}

/** The names of the elements that a transaction deleted, and of their parents. */
function listDeletedElements(transaction: Y.Transaction): string[] {
  const names: string[] = []
  Y.iterateDeletedStructs(transaction, transaction.deleteSet, (struct) => {
    if (struct instanceof Y.Item && struct.content instanceof Y.ContentType && struct.content.type instanceof Y.XmlElement) {
      const { nodeName, parent } = struct.content.type
      names.push(`${nodeName} of ${parent instanceof Y.XmlElement ? parent.nodeName : 'the text'}`)
    }
  })
  return names
}
