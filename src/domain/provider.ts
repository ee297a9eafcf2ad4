/** The four clouds of the record, in its spelling (siem-record.v1.schema.json). */
export const providers = ['AWS', 'KUBE', 'AZURE', 'GCP'] as const
export type Provider = (typeof providers)[number]
