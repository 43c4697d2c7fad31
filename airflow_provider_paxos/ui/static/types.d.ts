/** Shapes of what the JSON API answers, with the names of ../shapes.py, which describes them. A test compares the two. */

export type Group = "needs_attention" | "in_progress" | "repaired" | "settled";
export type Concern = "failed" | "rejected" | "error" | "approval" | "late" | "differs";

export interface Task {
  dag_id: string;
  run_id: string;
  task_id: string;
  map_index: number;
  dag_path: string;
  run_path: string;
  task_path: string;
  instance_path: string;
}

export interface DifferingReceipt {
  task: Task;
  read_at: string | null;
  label: string;
  amount: string | null;
  differs: string[];
}

export interface Reference {
  id: string | null;
  ref_id: string | null;
  label: string;
  payment_path: string;
}

export interface Receipt {
  id: string | null;
  ref_id: string | null;
  key: string | null;
  status: string;
  group: Group;
  concern: Concern | null;
  label: string;
  reason: string | null;
  amount: string | null;
  source_asset: string | null;
  destination_asset: string | null;
  source: string | null;
  destination: string | null;
  created_at: string | null;
  updated_at: string | null;
  read_at: string | null;
  adopted: boolean | null;
  creator: string | null;
  acceptance: string | null;
  dropped: boolean;
  task: Task;
  read_by: Task;
  differing: DifferingReceipt[];
  related: Task[];
  beside: Task[];
  replaces: Reference | null;
  replaced_by: Reference | null;
  payment_path: string;
}

export interface TimelineEvent {
  name: "created" | "source" | "destination" | "end";
  label: string;
  state: "done" | "in_progress" | "failed" | "waiting" | "unknown";
  at: string | null;
  detail: string | null;
}

export interface ReceiptField {
  name: string;
  value: string;
}

export interface Explanation {
  happened: string;
  money: string | null;
  advice: string | null;
}

export interface HistoryEvent {
  at: string;
  did: "created" | "adopted" | "attempted" | "read";
  label: string;
  task: Task;
}

export interface PersonsNote {
  task: Task;
  of: "run" | "task";
  text: string;
}

export interface ReceiptDetails extends Receipt {
  timeline: TimelineEvent[];
  explanation: Explanation | null;
  history: HistoryEvent[];
  dashboard_url: string | null;
  persons_notes: PersonsNote[];
  fields: ReceiptField[];
}

export interface Total {
  source_asset: string | null;
  destination_asset: string | null;
  status: string;
  label: string;
  group: Group;
  concern: Concern | null;
  count: number;
  amount: string;
  without_amount: number;
}

export interface AssetAmounts {
  asset: string;
  settled: string;
  in_progress: string;
  failed: string;
}

export interface Day {
  day: string;
  settled: number;
  in_progress: number;
  failed: number;
  amounts: AssetAmounts[];
}

export interface ProfileFlow {
  profile: string;
  name: string | null;
  asset: string;
  out: string;
  into: string;
}

export interface GroupCounts {
  needs_attention: number;
  in_progress: number;
  repaired: number;
  settled: number;
}

export interface StatusFacet {
  status: string;
  label: string;
}

export interface Facets {
  dag_ids: string[];
  assets: string[];
  statuses: StatusFacet[];
}

export interface Notes {
  unreadable: number;
  complete: boolean;
  xcoms_read: number;
  as_of: string;
}

export interface Listed {
  total_items: number;
  offset: number;
  limit: number;
  groups: GroupCounts;
  totals: Total[];
  notes: Notes;
  live: boolean;
}

export interface Overview extends Listed {
  items: Receipt[];
  days: Day[];
  profiles: ProfileFlow[];
  facets: Facets;
}

export interface RunReceipts extends Listed {
  items: Receipt[];
}

export interface TaskReceipts extends Listed {
  items: ReceiptDetails[];
  run_groups: GroupCounts;
}

export interface PaymentReceipts extends Listed {
  items: ReceiptDetails[];
}

export interface ReconciliationException {
  kind: string;
  what: string;
  what_to_do: string | null;
  ref_id: string | null;
  id: string | null;
  profile_id: string | null;
  asset: string | null;
  amount: string | null;
  status: string | null;
  payment_path: string | null;
}

export interface ReconciliationTotal {
  profile_id: string;
  asset: string;
  meant: string | null;
  paxos: string | null;
  completed: string | null;
  transferred: string | null;
  reported: string | null;
  fees: string | null;
}

export interface ReconciliationReport {
  task: Task;
  written_at: string;
  clean: boolean;
  complete: boolean;
  environment: string | null;
  since: string | null;
  until: string | null;
  orchestrations: number;
  exceptions: number;
  incomplete: string[];
  not_checked: string[];
  files: string[];
  first_exceptions: ReconciliationException[];
  totals: ReconciliationTotal[];
}

export interface Reconciliations {
  items: ReconciliationReport[];
  unreadable: number;
  live: boolean;
}
