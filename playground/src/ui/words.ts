import { defineWords } from '../i18n/words';

export const useUiWords = defineWords(
  'ui',
  {
    loading: 'Loading…',
    retry: 'Try again',
    close: 'Close',
    failed: 'This could not be answered.',
    unreachable: 'The service does not answer.',
    unavailable: 'The service cannot reach its database at the moment.',
    limited: 'Too many questions at once. It is asked again in a moment.',
    forbidden: 'You may not see this.',
    forbiddenHint: 'Your role is {{role}}. Ask an operator for another one if you need it.',
    query: 'The query behind “{{title}}”',
    ascending: 'ascending',
    descending: 'descending',
  },
  {
    loading: '加载中…',
    retry: '重试',
    close: '关闭',
    failed: '无法获取此内容。',
    unreachable: '服务没有响应。',
    unavailable: '服务暂时无法连接数据库。',
    limited: '请求过于频繁，稍后会自动重试。',
    forbidden: '您没有查看权限。',
    forbiddenHint: '您的角色是{{role}}。如有需要，请联系运维人员调整。',
    query: '“{{title}}”背后的查询',
    ascending: '升序',
    descending: '降序',
  },
);
