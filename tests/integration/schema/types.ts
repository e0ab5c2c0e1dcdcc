// What the JSON of a dashboard must look like: Grafana's own types, panel by panel with the options of its plugin.
import type * as raw from '@grafana/schema/dist/esm/raw/dashboard/x/Dashboard_types.gen';
import type * as bargauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as dashlist from '@grafana/schema/dist/esm/raw/composable/dashboardlist/panelcfg/x/DashboardListPanelCfg_types.gen';
import type * as gauge from '@grafana/schema/dist/esm/raw/composable/gauge/panelcfg/x/GaugePanelCfg_types.gen';
import type * as heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as logs from '@grafana/schema/dist/esm/raw/composable/logs/panelcfg/x/LogsPanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as statetimeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as text from '@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// JSON has the text of an enum's member where the types have the member.
type Loose<T> = T extends string
  ? `${T}`
  : T extends Array<infer Entry>
    ? Loose<Entry>[]
    : T extends object
      ? { [Key in keyof T]: Loose<T[Key]> }
      : T;

type Source = { type: string; uid: string };
type Target =
  | { refId: string; datasource: Source; editorMode: 'code'; expr: string; legendFormat: string; instant: boolean; range: boolean; format: 'time_series' | 'table' | 'heatmap' }
  | { refId: string; datasource: Source; editorMode: 'code'; expr: string; legendFormat: string; queryType: 'range' | 'instant' };

type Nothing = Record<string, never>;

type Kind<Type extends string, Options, Custom = Nothing> = Omit<raw.Panel, 'type' | 'options' | 'fieldConfig' | 'targets'> & {
  id: number;
  type: Type;
  title: string;
  description: string;
  gridPos: raw.GridPos;
  targets?: Target[];
  options: Partial<Options>;
  fieldConfig: Omit<raw.FieldConfigSource, 'defaults'> & {
    defaults: Omit<raw.FieldConfig, 'custom'> & { custom?: Partial<Custom> };
  };
};

// The schema has no types for this plugin: public/app/plugins/panel/alertlist/types.ts of Grafana has.
type AlertListOptions = {
  viewMode: 'list' | 'stat';
  groupMode: 'default' | 'custom';
  groupBy: string[];
  maxItems: number;
  sortOrder: number;
  dashboardAlerts: boolean;
  alertName: string;
  alertInstanceLabelFilter: string;
  datasource: string;
  stateFilter: { firing: boolean; pending: boolean; noData: boolean; normal: boolean; error: boolean };
};

type AnyPanel =
  | Kind<'alertlist', AlertListOptions>
  | Kind<'bargauge', bargauge.Options>
  | Kind<'dashlist', dashlist.Options>
  | Kind<'gauge', gauge.Options>
  | Kind<'heatmap', heatmap.Options, heatmap.FieldConfig>
  | Kind<'logs', logs.Options>
  | Kind<'stat', stat.Options>
  | Kind<'state-timeline', statetimeline.Options, statetimeline.FieldConfig>
  | Kind<'table', table.Options, table.FieldConfig>
  | Kind<'text', text.Options>
  | Kind<'timeseries', timeseries.Options, timeseries.FieldConfig>;

type Row = Omit<raw.RowPanel, 'panels'> & { panels: AnyPanel[] };

// What the Prometheus plugin keeps in an annotation beside what the schema knows of it.
type Annotation = Omit<raw.AnnotationQuery, 'target'> & {
  expr?: string;
  step?: string;
  target?: { refId: string; expr: string; interval: string };
  titleFormat?: string;
  textFormat?: string;
  tagKeys?: string;
  useValueForTime?: boolean;
};

export type Dashboard = Loose<
  Omit<raw.Dashboard, 'panels' | 'annotations'> & {
    uid: string;
    title: string;
    description: string;
    refresh: string;
    panels: Array<AnyPanel | Row>;
    annotations: { list: Annotation[] };
  }
>;
