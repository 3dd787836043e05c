/** Ideas of a team. */
import { z } from 'zod'
import { line, section, text } from '../documents/section.ts'

export const ideaStates = ['NEW', 'TAKEN', 'SET_ASIDE'] as const

export const ideas = section('ideas', { title: line(), text: text(), state: z.enum(ideaStates).default('NEW') })
