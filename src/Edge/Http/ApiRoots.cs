using Bailiwick.Edge.Wire;

namespace Bailiwick.Edge.Http;

/// <summary>The documents that say where everything is: <c>/platform</c>, and one for each family of resources.</summary>
internal static class ApiRoots
{
    private static readonly MediaType[] Types =
    [
        new("inventoryApi"), new("identityApi"), new("eventApi"), new("measurementApi"), new("auditApi"), new("alarmApi"), new("userApi"), new("devicecontrolApi"), new("tenantApi"),
    ];

    /// <summary>The families, each by the first segment of its paths.</summary>
    public static IReadOnlyList<string> Families { get; } =
        ["/inventory", "/identity", "/event", "/measurement", "/audit", "/alarm", "/user", "/devicecontrol", "/tenant"];

    /// <summary>The type of a family's document.</summary>
    public static MediaType TypeOf(string family) => Types[Index(family)];

    public static async Task PlatformAsync(Exchange x)
    {
        await x.TenantGrain(x.Tenant).ReadOwn(x.Caller);
        var @base = x.Links.Base;
        var wire = new PlatformWire(
            x.Links.To("/platform"), Inventory(@base), Identity(@base), Event(@base), Measurement(@base), Audit(@base), Alarm(@base), User(@base, x.Tenant.Value), DeviceControl(@base), Tenant(@base));
        await x.AnswerAsync(MediaType.PlatformApi, wire);
    }

    public static async Task FamilyAsync(Exchange x, string family)
    {
        await x.TenantGrain(x.Tenant).ReadOwn(x.Caller);
        var @base = x.Links.Base;
        var wire = family switch
        {
            "/inventory" => Inventory(@base),
            "/identity" => Identity(@base),
            "/event" => Event(@base),
            "/measurement" => Measurement(@base),
            "/audit" => Audit(@base),
            "/alarm" => Alarm(@base),
            "/user" => User(@base, x.Tenant.Value),
            "/devicecontrol" => DeviceControl(@base),
            _ => Tenant(@base),
        };
        await x.AnswerAsync(TypeOf(family), wire);
    }

    private static int Index(string family)
    {
        for (var i = 0; i < Families.Count; i++)
            if (Families[i] == family) return i;
        throw new ArgumentOutOfRangeException(nameof(family));
    }

    private static ApiRootWire Inventory(string @base) => new(
        @base, "/inventory", [new("managedObjects", "/inventory/managedObjects")],
        [
            new("managedObjectsForType", "/inventory/managedObjects?type={type}"),
            new("managedObjectsForFragmentType", "/inventory/managedObjects?fragmentType={fragmentType}"),
            new("managedObjectsForListOfIds", "/inventory/managedObjects?ids={ids}"),
        ]);

    private static ApiRootWire Identity(string @base) => new(
        @base, "/identity", [],
        [
            new("externalId", "/identity/externalIds/{type}/{externalId}"),
            new("externalIdsOfGlobalId", "/identity/globalIds/{globalId}/externalIds"),
        ]);

    private static ApiRootWire Event(string @base) => new(
        @base, "/event", [new("events", "/event/events")],
        [
            new("eventsForSource", "/event/events?source={source}"),
            new("eventsForType", "/event/events?type={type}"),
            new("eventsForSourceAndType", "/event/events?source={source}&type={type}"),
            new("eventsForFragmentType", "/event/events?fragmentType={fragmentType}"),
            new("eventsForTime", "/event/events?dateFrom={dateFrom}&dateTo={dateTo}"),
            new("eventsForSourceAndTime", "/event/events?source={source}&dateFrom={dateFrom}&dateTo={dateTo}"),
        ]);

    private static ApiRootWire Measurement(string @base) => new(
        @base, "/measurement", [new("measurements", "/measurement/measurements")],
        [
            new("measurementsForSource", "/measurement/measurements?source={source}"),
            new("measurementsForType", "/measurement/measurements?type={type}"),
            new("measurementsForSourceAndType", "/measurement/measurements?source={source}&type={type}"),
            new("measurementsForValueFragmentType", "/measurement/measurements?valueFragmentType={valueFragmentType}"),
            new("measurementsForDate", "/measurement/measurements?dateFrom={dateFrom}&dateTo={dateTo}"),
            new("measurementsForSourceAndDate", "/measurement/measurements?source={source}&dateFrom={dateFrom}&dateTo={dateTo}"),
            new("measurementsForDateAndFragmentType", "/measurement/measurements?dateFrom={dateFrom}&dateTo={dateTo}&valueFragmentType={valueFragmentType}"),
            new("measurementsForSourceAndValueFragmentTypeAndValueFragmentSeries",
                "/measurement/measurements?source={source}&valueFragmentType={valueFragmentType}&valueFragmentSeries={valueFragmentSeries}"),
        ]);

    private static ApiRootWire Audit(string @base) => new(
        @base, "/audit", [new("auditRecords", "/audit/auditRecords")],
        [
            new("auditRecordsForType", "/audit/auditRecords?type={type}"),
            new("auditRecordsForUser", "/audit/auditRecords?user={user}"),
            new("auditRecordsForApplication", "/audit/auditRecords?application={application}"),
            new("auditRecordsForUserAndType", "/audit/auditRecords?user={user}&type={type}"),
            new("auditRecordsForUserAndApplication", "/audit/auditRecords?user={user}&application={application}"),
            new("auditRecordsForTypeAndApplication", "/audit/auditRecords?type={type}&application={application}"),
            new("auditRecordsForTypeAndUserAndApplication", "/audit/auditRecords?type={type}&user={user}&application={application}"),
        ]);

    private static ApiRootWire Alarm(string @base) => new(
        @base, "/alarm", [new("alarms", "/alarm/alarms")],
        [
            new("alarmsForSource", "/alarm/alarms?source={source}"),
            new("alarmsForStatus", "/alarm/alarms?status={status}"),
            new("alarmsForSourceAndStatus", "/alarm/alarms?source={source}&status={status}"),
            new("alarmsForTime", "/alarm/alarms?dateFrom={dateFrom}&dateTo={dateTo}"),
            new("alarmsForStatusAndTime", "/alarm/alarms?status={status}&dateFrom={dateFrom}&dateTo={dateTo}"),
            new("alarmsForSourceAndTime", "/alarm/alarms?source={source}&dateFrom={dateFrom}&dateTo={dateTo}"),
            new("alarmsForSourceAndStatusAndTime", "/alarm/alarms?source={source}&status={status}&dateFrom={dateFrom}&dateTo={dateTo}"),
        ]);

    private static ApiRootWire User(string @base, string realm) => new(
        @base, "/user", [],
        [
            new("users", $"/user/{realm}/users"),
            new("userByName", $"/user/{realm}/userByName/{{userName}}"),
            new("currentUser", "/user/currentUser"),
            new("groups", $"/user/{realm}/groups"),
            new("groupByName", $"/user/{realm}/groupByName/{{groupName}}"),
            new("roles", "/user/roles"),
        ]);

    private static ApiRootWire DeviceControl(string @base) => new(
        @base, "/devicecontrol",
        [new("operations", "/devicecontrol/operations"), new("newDeviceRequests", "/devicecontrol/newDeviceRequests")],
        [
            new("operationsByStatus", "/devicecontrol/operations?status={status}"),
            new("operationsByAgentId", "/devicecontrol/operations?agentId={agentId}"),
            new("operationsByAgentIdAndStatus", "/devicecontrol/operations?agentId={agentId}&status={status}"),
            new("operationsByDeviceId", "/devicecontrol/operations?deviceId={deviceId}"),
            new("operationsByDeviceIdAndStatus", "/devicecontrol/operations?deviceId={deviceId}&status={status}"),
        ]);

    private static ApiRootWire Tenant(string @base) => new(
        @base, "/tenant", [new("tenants", "/tenant/tenants")],
        [
            new("tenantForId", "/tenant/tenants/{tenantId}"),
            new("tenantSystemOptions", "/tenant/system/options"),
            new("tenantSystemOptionsForCategoryAndKey", "/tenant/system/options/{category}/{key}"),
        ]);
}
