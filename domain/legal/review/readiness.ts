import type { QueryContext } from '../../kernel/operation.ts'
export const readBlockers = async (_view: QueryContext, _id: string): Promise<{ code: string; message: string }[]> => []
