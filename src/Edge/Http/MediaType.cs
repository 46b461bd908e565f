using Microsoft.AspNetCore.Http;

namespace Bailiwick.Edge.Http;

/// <summary>
/// The interface's media types: <c>application/vnd.com.nsn.cumulocity.NAME+json</c>. Names compare without regard to case and
/// parameters are optional, for clients spell them in several ways.
/// </summary>
internal sealed class MediaType
{
    /// <summary>JSON that has no name of its own, such as a number.</summary>
    public static readonly MediaType Plain = new();

    public static readonly MediaType Error = new("error");
    public static readonly MediaType PlatformApi = new("platformApi");
    public static readonly MediaType ManagedObject = new("managedObject");
    public static readonly MediaType ManagedObjectCollection = new("managedObjectCollection");
    public static readonly MediaType ManagedObjectReference = new("managedObjectReference");
    public static readonly MediaType ManagedObjectReferenceCollection = new("managedObjectReferenceCollection");
    public static readonly MediaType ManagedObjectUser = new("managedObjectUser");
    public static readonly MediaType ExternalId = new("externalId");
    public static readonly MediaType ExternalIdCollection = new("externalIdCollection");
    public static readonly MediaType Measurement = new("measurement");
    public static readonly MediaType MeasurementCollection = new("measurementCollection");
    public static readonly MediaType Event = new("event");
    public static readonly MediaType EventCollection = new("eventCollection");
    public static readonly MediaType Alarm = new("alarm");
    public static readonly MediaType AlarmCollection = new("alarmCollection");
    public static readonly MediaType Operation = new("operation");
    public static readonly MediaType OperationCollection = new("operationCollection");
    public static readonly MediaType RetentionRule = new("retentionRule");
    public static readonly MediaType RetentionRuleCollection = new("retentionRuleCollection");
    public static readonly MediaType AuditRecord = new("auditRecord");
    public static readonly MediaType AuditRecordCollection = new("auditRecordCollection");
    public static readonly MediaType NewDeviceRequest = new("newDeviceRequest");
    public static readonly MediaType NewDeviceRequestCollection = new("newDeviceRequestCollection");
    public static readonly MediaType DeviceCredentials = new("deviceCredentials");
    public static readonly MediaType User = new("user");
    public static readonly MediaType UserCollection = new("userCollection");
    public static readonly MediaType UserReference = new("userReference");
    public static readonly MediaType UserReferenceCollection = new("userReferenceCollection");
    public static readonly MediaType UserOwnerReference = new("userOwnerReference");
    public static readonly MediaType UserDelegatedByReference = new("userDelegatedByReference");
    public static readonly MediaType CurrentUser = new("currentUser");
    public static readonly MediaType Group = new("group");
    public static readonly MediaType GroupCollection = new("groupCollection");
    public static readonly MediaType GroupReferenceCollection = new("groupReferenceCollection");
    public static readonly MediaType Role = new("role");
    public static readonly MediaType RoleCollection = new("roleCollection");
    public static readonly MediaType RoleReference = new("roleReference");
    public static readonly MediaType RoleReferenceCollection = new("roleReferenceCollection");
    public static readonly MediaType InventoryRole = new("inventoryRole");
    public static readonly MediaType InventoryRoleCollection = new("inventoryRoleCollection");
    public static readonly MediaType InventoryAssignment = new("inventoryAssignment");
    public static readonly MediaType InventoryAssignmentCollection = new("inventoryAssignmentCollection");
    public static readonly MediaType Tenant = new("tenant");
    public static readonly MediaType TenantCollection = new("tenantCollection");
    public static readonly MediaType CurrentTenant = new("currentTenant");
    public static readonly MediaType Option = new("option");
    public static readonly MediaType OptionCollection = new("optionCollection");
    public static readonly MediaType LoginOptionCollection = new("loginOptionCollection");
    public static readonly MediaType AuthConfig = new("authConfig");

    private const string Json = "application/json";
    private const string PlainText = "text/plain";
    private const string JsonUtf8 = "application/json;charset=UTF-8";
    private const string VendorPrefix = "application/vnd.com.nsn.cumulocity.";
    private const string VendorSuffix = "+json";

    private readonly string _bare;
    private readonly string _full;

    /// <param name="name">As the interface spells it, for example <c>managedObject</c>.</param>
    public MediaType(string name)
    {
        _bare = $"{VendorPrefix}{name}{VendorSuffix}";
        _full = $"{_bare};ver=0.9;charset=UTF-8";
    }

    /// <summary>The type without its parameters.</summary>
    public string Name => _bare;

    private MediaType() => (_bare, _full) = (Json, JsonUtf8);

    /// <summary>The type of an answer: plain JSON when the client asked for that and for none of ours before it.</summary>
    public string ForAnswer(HttpRequest request) => Is(Asked(request, Json), Json) ? JsonUtf8 : _full;

    /// <summary>Whether the first type of the interface in the Accept header is this one.</summary>
    public bool IsAsked(HttpRequest request) => Is(Asked(request), _bare);

    /// <summary>Whether plain text is wanted before any JSON.</summary>
    public static bool IsPlainTextAsked(HttpRequest request) => Is(Asked(request, PlainText, Json), PlainText);

    /// <summary>Whether the request's body says that it is of this type.</summary>
    public bool IsSent(HttpRequest request) => Is(Bare(request.ContentType), _bare);

    /// <summary>
    /// Whether a POST or PUT is answered with what it made or changed: the interface makes this the question whether an Accept
    /// header is there.
    /// </summary>
    public static bool WantsRepresentation(HttpRequest request)
    {
        foreach (var header in request.Headers.Accept)
            if (!string.IsNullOrWhiteSpace(header)) return true;
        return false;
    }

    /// <summary>Whether a body of this Content-Type can be read: plain JSON or any type of the interface, in UTF-8, or not said at all.</summary>
    public static bool IsReadable(string? contentType)
    {
        if (string.IsNullOrWhiteSpace(contentType)) return true;
        var bare = Bare(contentType);
        return (Is(bare, Json) || IsVendors(bare)) && IsUtf8(contentType);
    }

    private static bool IsUtf8(string contentType)
    {
        foreach (var range in contentType.AsSpan().Split(';'))
        {
            var parameter = contentType.AsSpan()[range].Trim();
            if (!parameter.StartsWith("charset=", StringComparison.OrdinalIgnoreCase)) continue;
            var charset = parameter["charset=".Length..].Trim('"');
            if (!charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !charset.Equals("utf8", StringComparison.OrdinalIgnoreCase)) return false;
        }
        return true;
    }

    /// <summary>The first type in the Accept header that is one of the interface's or one of these; empty when there is none.</summary>
    private static ReadOnlySpan<char> Asked(HttpRequest request, params ReadOnlySpan<string> orOneOf)
    {
        foreach (var header in request.Headers.Accept)
            foreach (var range in (header ?? "").AsSpan().Split(','))
            {
                var bare = Bare(header.AsSpan()[range]);
                if (IsVendors(bare)) return bare;
                foreach (var other in orOneOf)
                    if (Is(bare, other)) return bare;
            }
        return default;
    }

    private static bool Is(ReadOnlySpan<char> bare, string name) => bare.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static bool IsVendors(ReadOnlySpan<char> bare) =>
        bare.StartsWith(VendorPrefix, StringComparison.OrdinalIgnoreCase) && bare.EndsWith(VendorSuffix, StringComparison.OrdinalIgnoreCase);

    private static ReadOnlySpan<char> Bare(ReadOnlySpan<char> type)
    {
        var semicolon = type.IndexOf(';');
        return (semicolon < 0 ? type : type[..semicolon]).Trim();
    }
}
