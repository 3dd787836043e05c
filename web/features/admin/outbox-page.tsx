import '../deliveries/deliveries.css'
import { Alert, Loader, Modal, SegmentedControl, Stack, Text, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { request } from '../../lib/api-client.ts'
import type { OutboxMail } from '../../lib/api-types.ts'
import { ListStatus } from '../../ui/list-status.tsx'
import { LoadMore } from '../../ui/load-more.tsx'
import { usePagedQuery } from '../../lib/paged-query.ts'
import { formatRelativeTime, formatDateTime } from '../../lib/time-format.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { WorkspacePage } from '../../ui/workspace-page.tsx'

type MailSummary = Pick<OutboxMail, 'id' | 'to' | 'subject' | 'createdAt'>

/** An e-mail as it would arrive, in a sandboxed frame without scripts and without access to the workspace. */
function MailView({ id }: { id: string }) {
  const [format, setFormat] = useState('html')
  const mail = useQuery({ queryKey: ['outbox', id], queryFn: ({ signal }) => request<OutboxMail>('GET', `/api/outbox/${id}`, { signal }) })
  if (mail.error) return <Alert color="red">{toErrorMessage(mail.error)}</Alert>
  if (!mail.data) return <Loader type="dots" aria-label="Loading" />
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        To {mail.data.to}, {formatDateTime(mail.data.createdAt)}
      </Text>
      <SegmentedControl
        aria-label="Show as"
        value={format}
        onChange={setFormat}
        data={[
          { value: 'html', label: 'As it looks' },
          { value: 'text', label: 'Plain text' },
        ]}
      />
      {format === 'html' ? (
        <iframe className="mail-frame" title={mail.data.subject} sandbox="" srcDoc={mail.data.html} />
      ) : (
        <pre className="mail-text">{mail.data.text}</pre>
      )}
    </Stack>
  )
}

/** E-mail that was not sent because no mail server is set. For administrators. */
export function OutboxPage() {
  const [openedMail, setOpenedMail] = useState<MailSummary | null>(null)
  const { list, items: summaries } = usePagedQuery<MailSummary>({
    queryKey: ['outbox'],
    path: '/api/outbox',
    query: { limit: 30 },
    refetchInterval: 5000,
  })
  return (
    <WorkspacePage title="Outbox">
      <Text c="dimmed" mb="lg">
        Mail that SmartStart wrote while it had no mail server. With <code>SMTP_URL</code> set, mail is sent and not kept here.
      </Text>
      <ListStatus list={list} isEmpty={summaries.length === 0} emptyText="No mail is kept here." />
      {summaries.length > 0 && (
        <ul className="delivery-list" aria-label="Mail">
          {summaries.map((mail) => (
            <li key={mail.id} className="delivery-row" style={{ padding: 0 }}>
              <UnstyledButton className="mail-button" onClick={() => setOpenedMail(mail)}>
                <span className="delivery-content">
                  <span className="delivery-title">{mail.subject}</span>
                  <span className="delivery-target">
                    To {mail.to} · {formatRelativeTime(mail.createdAt)}
                  </span>
                </span>
              </UnstyledButton>
            </li>
          ))}
        </ul>
      )}
      <LoadMore list={list} />
      <Modal opened={openedMail !== null} onClose={() => setOpenedMail(null)} title={openedMail?.subject ?? ''} size="xl">
        {openedMail && <MailView id={openedMail.id} />}
      </Modal>
    </WorkspacePage>
  )
}
