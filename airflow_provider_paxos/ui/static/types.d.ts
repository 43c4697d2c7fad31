/** Shapes of what the JSON API answers, with the names of ../shapes.py, which describes them. A test compares the two. */

export type Group = "needs_attention" | "in_progress" | "settled";
export type Concern = "failed" | "rejected" | "error" | "approval" | "late" | "differs";

export interface Task {
  dag_id: string;
  run_id: string;
  task_id: string;
  map_index: number;
  dag_path: string;
  run_path: string;
  task_path: string;
}

export interface DifferingReceipt {
  task: Task;
  read_at: string | null;
  label: string;
  amount: string | null;
  differs: string[];
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

export interface ReceiptDetails extends Receipt {
  timeline: TimelineEvent[];
  advice: string | null;
  fields: ReceiptField[];
}

export interface Total {
  source_asset: string | null;
  destination_asset: string | null;
  status: string;
  label: string;
  group: Group;
  count: number;
  amount: string;
  without_amount: number;
}

export interface Day {
  day: string;
  settled: number;
  failed: number;
}

export interface GroupCounts {
  needs_attention: number;
  in_progress: number;
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
}

export interface Overview extends Listed {
  items: Receipt[];
  days: Day[];
  facets: Facets;
}

export interface RunReceipts extends Listed {
  items: Receipt[];
}

export interface TaskReceipts extends Listed {
  items: ReceiptDetails[];
}
