/** The notification of a person who has to sign something. */
import type { NotificationBuilder } from '../../kernel/manifest/notification.ts'
import { MachineTransitioned } from '../../workflows/events.ts'
import { readCompliance } from './compliance.ts'
import { userComplianceMachine } from './compliance-machine.ts'

/** Whether an event is about a person who has to sign something from then on. */
export const isRequirement = ({ data }: { data: Record<string, unknown> }): boolean =>
  data.type === userComplianceMachine.type && data.to === 'compliance_required'

export const buildComplianceNotice: NotificationBuilder<'compliance.required'> = async ({ work }, { data }) => {
  const { machineId: userId } = MachineTransitioned.data.parse(data)
  const { requirements, missing, deadline } = await readCompliance(work, userId)
  if (missing.length === 0) return []
  const titles = requirements.flatMap(({ kind, title }) => (missing.includes(kind) ? [title] : []))
  const until = deadline && deadline > work.now ? ` by ${deadline.toISOString().slice(0, 10)}` : ''
  return [
    {
      userId,
      type: 'compliance.required',
      title: titles.length === 1 ? 'A document needs your signature' : `${titles.length} documents need your signature`,
      message: `Sign${until}: ${titles.join(', ')}.`,
      data: { link: '/compliance' },
      subject: null,
      actorId: null,
    },
  ]
}
