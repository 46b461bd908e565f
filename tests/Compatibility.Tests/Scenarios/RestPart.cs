using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bailiwick.Cluster.Tests.Scenarios;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Compatibility.Tests.Scenarios;

/// <summary>One tenant of a scenario on a server: what a model says, put into requests.</summary>
internal sealed class RestPart(HttpClient client, Realm realm) : IPart
{
    public const string Password = "Pass-of-the-scenario-1";

    private const string ShowsPartsOption = "/tenant/options/configuration/acl.measurement.only-accessible-fragments";

    private readonly Dictionary<string, int> _failed = [];
    private int _moments;

    public Realm Realm => realm;

    public RestUser Root => As(Scenario.Root);

    public string Users => $"/user/{realm.Tenant}/users";

    public string Groups => $"/user/{realm.Tenant}/groups";

    /// <summary>Whether somebody who is shut out may try once more, and is not locked for it.</summary>
    public bool MayFail(string name) => (_failed[name] = _failed.GetValueOrDefault(name) + 1) < Limits.SignInFailuresFree;

    public RestUser As(string name) => new(client, realm.Tenant.Value, name, Password);

    public static string ChildrenOf(ChildKind kind) => kind switch { ChildKind.Device => "childDevices", ChildKind.Asset => "childAssets", _ => "childAdditions" };

    public static string AddressOf(DataKind kind) => kind switch
    {
        DataKind.Measurement => "/measurement/measurements",
        DataKind.Event => "/event/events",
        DataKind.Alarm => "/alarm/alarms",
        _ => "/devicecontrol/operations",
    };

    public string AddressOf(long number) => $"/inventory/managedObjects/{realm.IdOf(number)}";

    public IForecast? Foresee(Step step, Change change, ScenarioTally tally) => null;

    public Task AskAsync(Realm other, Question question, ScenarioTally tally) => new RestInquiry(this, question, tally).RunAsync();

    public Task DoAsync(string actor, int silo, Change change) => change is Administration administration ? AdministerAsync(administration) : TryAsync(As(actor), change);

    /// <summary>A source that a body names and is not there is called invalid by this interface, and not found by a grain.</summary>
    public RefusalKind? Told(RefusalKind? expected, Change change) => expected == RefusalKind.NotFound && change is AddData ? RefusalKind.Invalid : expected;

    private Task TryAsync(RestUser actor, Change change) => change switch
    {
        Link link => ThenAsync(actor.PostAsync($"{AddressOf(link.Parent)}/{ChildrenOf(link.Kind)}", new { managedObject = new { id = IdOf(link.Child) } }), () => realm.AddLink(link.Kind, link.Parent, link.Child)),
        Unlink link => ThenAsync(actor.DeleteAsync($"{AddressOf(link.Parent)}/{ChildrenOf(link.Kind)}/{realm.IdOf(link.Child)}"), () => realm.RemoveLink(link.Kind, link.Parent, link.Child)),
        Make make => MakeAsync(actor, make),
        Edit edit => EditAsync(actor, edit),
        Delete delete => ThenAsync(actor.DeleteAsync(AddressOf(delete.Object)), () => realm.RemoveObject(delete.Object)),
        AddData add => AddAsync(actor, add),
        ChangeData touch => ChangeAsync(actor, touch),
        Report report => ReportAsync(actor, report),
        _ => throw new ArgumentException(Scenario.Words(change)),
    };

    private async Task AdministerAsync(Administration change)
    {
        switch (change)
        {
            case AssignRoles assign:
                int[] places = [.. assign.Roles.Where(realm.HasRole)];
                await GiveRolesAsync(assign.User, assign.Object, places.Select(place => realm.Roles[place]));
                realm.Change(assign.User, user => user with { Assignments = Realm.Merged(realm.Standing(user).Append(new Assignment(assign.Object, places))) });
                break;
            case UnassignRoles unassign:
                await UnassignAsync(unassign);
                break;
            case PermitOnDevice permit:
                await PermitAsync(permit);
                break;
            case ChangeRole role:
                await ChangeRoleAsync(role);
                break;
            case DeleteGroup group:
                await Root.DeleteAsync($"{Groups}/{realm.Groups[group.Group]}");
                realm.Groups[group.Group] = 0;
                realm.ChangeGroup(group.Group, _ => new ModelGroup([], []));
                break;
            case ChangeAuthority authority:
                await ChangeAuthorityAsync(authority);
                break;
            case ChangeMembership { Joins: true } join:
                await Root.PostAsync($"{Groups}/{realm.Groups[join.Group]}/users", new { user = new { id = join.User } });
                realm.Change(join.User, user => user with { Groups = [.. user.Groups.Append(join.Group).Distinct()] });
                break;
            case ChangeMembership leave:
                await Root.DeleteAsync($"{Groups}/{realm.Groups[leave.Group]}/users/{leave.User}");
                realm.Change(leave.User, user => user with { Groups = [.. user.Groups.Where(one => one != leave.Group)] });
                break;
            case Enable enable:
                await Root.PutAsync($"{Users}/{enable.User}", new { enabled = enable.IsEnabled });
                realm.Change(enable.User, user => user with { IsDisabled = !enable.IsEnabled });
                break;
            case DemandNewPassword demand:
                await Root.PutAsync($"{Users}/{demand.User}", new { shouldResetPassword = demand.IsDemanded });
                realm.Change(demand.User, user => user with { MustChangePassword = demand.IsDemanded });
                break;
            case ShowParts show:
                await Root.PutAsync(ShowsPartsOption, new { value = show.IsOn ? "true" : "false" });
                realm.ShowsParts = show.IsOn;
                break;
            default:
                throw new ArgumentException(Scenario.Words(change));
        }
    }

    public static object[] PermissionsOf(RolePermission[] permissions) => [.. permissions.Select(one => new { scope = one.Scope, type = one.Type, permission = one.Level })];

    /// <summary>A document with these fragments beside its own members.</summary>
    public static JsonObject With(object document, IEnumerable<string> fragments)
    {
        var body = JsonSerializer.SerializeToNode(document)!.AsObject();
        foreach (var name in fragments) body[name] = new JsonObject();
        return body;
    }

    public Task GiveRolesAsync(string user, long target, IEnumerable<int> roles) =>
        Root.PostAsync($"{Users}/{user}/roles/inventory", new { managedObject = IdOf(target), roles = roles.Select(id => new { id }) });

    public async Task MakeAsync(RestUser actor, Make make) =>
        realm.AddObject(ObjectIdOf(await actor.PostAsync("/inventory/managedObjects", With(new { }, make.Fragments))), actor.Name, make.Fragments);

    public static ObjectId ObjectIdOf(string id) => ObjectId.TryParse(id, out var parsed) ? parsed : throw new ScenarioFailedException($"{id} is no id of an object");

    /// <summary>Each piece of data is of a moment of its own, and an alarm of a type of its own: a second one of the same would be counted on the first.</summary>
    public async Task AddAsync(RestUser actor, AddData add)
    {
        var moment = ++_moments;
        var (time, type, source) = (Marks.TimeOf(moment), Marks.TypeOf(add.Kind, moment), new { id = IdOf(add.Object) });
        var body = add.Kind switch
        {
            DataKind.Event => With(new { source, time, type, text = "Something" }, add.Fragments),
            DataKind.Alarm => With(new { source, time, type, text = "Something", severity = "MINOR", status = "ACTIVE" }, add.Fragments),
            DataKind.Operation => With(new { deviceId = source.id }, add.Fragments),
            _ => Measured(With(new { source, time, type }, []), moment, add.Fragments),
        };
        realm.Data.Add(new Datum(add.Kind, add.Object, add.Fragments, await actor.PostAsync(AddressOf(add.Kind), body), moment));
    }

    private static JsonObject Measured(JsonObject body, int moment, string[] fragments)
    {
        foreach (var fragment in fragments)
            body[fragment] = new JsonObject { [Marks.Series] = new JsonObject { ["value"] = Marks.ValueOf(moment, fragment, Marks.Series) } };
        return body;
    }

    private string IdOf(long number) => realm.IdOf(number).ToString();

    private static async Task ThenAsync(Task call, Action apply)
    {
        await call;
        apply();
    }

    private async Task EditAsync(RestUser actor, Edit edit)
    {
        var isGiven = edit.Owner is not null && realm.Find(edit.Object) is { } it && new Foresight(realm, realm.FindUser(actor.Name)!).MayGiveAway(it);
        var body = With(new { }, edit.Added);
        foreach (var name in edit.Removed) body[name] = null;
        if (edit.Owner is not null) body["owner"] = edit.Owner;
        await actor.PutAsync(AddressOf(edit.Object), body);
        realm.Change(edit.Object, old => old with { Fragments = Foresight.After(old.Fragments, edit.Added, edit.Removed), Owner = isGiven ? edit.Owner! : old.Owner });
    }

    private async Task ChangeAsync(RestUser actor, ChangeData touch)
    {
        var place = touch.Place % realm.Data.Count;
        var datum = realm.Data[place];
        var address = $"{AddressOf(datum.Kind)}/{datum.Id}";
        if (datum.Kind == DataKind.Measurement)
        {
            await actor.DeleteAsync(address);
            realm.Data.RemoveAt(place);
            return;
        }
        await actor.PutAsync(address, With(new { }, touch.Fragments));
        realm.Data[place] = datum with { Fragments = Foresight.After(datum.Fragments, touch.Fragments, []) };
    }

    private async Task ReportAsync(RestUser actor, Report report)
    {
        var moment = ++_moments;
        var body = With(new { type = Report.Type, activity = "Seen", text = "Somebody saw something", time = Marks.TimeOf(moment), source = new { id = IdOf(report.Object) } }, report.Fragments);
        var id = await actor.PostAsync("/audit/auditRecords", body);
        realm.Reports.Add(new Reported(report.Object, report.Fragments, actor.Name, moment, long.Parse(id, CultureInfo.InvariantCulture)));
    }

    private async Task UnassignAsync(UnassignRoles unassign)
    {
        var given = realm.FindUser(unassign.User)!.Assignments[unassign.Place];
        var address = $"{Users}/{unassign.User}/roles/inventory";
        var known = await Root.AskAsync($"{address}?pageSize=100");
        var one = known.GetProperty("inventoryAssignments").EnumerateArray().Single(each => each.GetProperty("managedObject").ToString() == IdOf(given.Object));
        await Root.DeleteAsync($"{address}/{one.GetProperty("id")}");
        realm.Change(unassign.User, user => user with { Assignments = [.. realm.Standing(user).Where(assigned => assigned != given)] });
    }

    private async Task PermitAsync(PermitOnDevice permit)
    {
        var permissions = new Dictionary<string, string[]> { [IdOf(permit.Object)] = permit.Texts };
        await Root.PutAsync($"/user/devicePermissions/{IdOf(permit.Object)}", new
        {
            users = permit.User is { } name ? [new { userName = name, devicePermissions = permissions }] : Array.Empty<object>(),
            groups = permit.User is null ? [new { id = realm.Groups[permit.Group], devicePermissions = permissions }] : Array.Empty<object>(),
        });
        if (permit.User is not null) realm.Change(permit.User, user => user with { OnDevices = Realm.With(user.OnDevices, permit.Object, permit.Texts) });
        else realm.ChangeGroup(permit.Group, group => group with { OnDevices = Realm.With(group.OnDevices, permit.Object, permit.Texts) });
    }

    private async Task ChangeRoleAsync(ChangeRole role)
    {
        var address = $"/user/inventoryroles/{realm.Roles[role.Role]}";
        if (role.Permissions is { } permissions) await Root.PutAsync(address, new { permissions = PermissionsOf(permissions) });
        else await Root.DeleteAsync(address);
        realm.ChangeRole(role.Role, role.Permissions ?? []);
        if (role.Permissions is null) realm.Roles[role.Role] = 0;
    }

    private async Task ChangeAuthorityAsync(ChangeAuthority change)
    {
        var holder = change.User is { } name ? $"{Users}/{name}" : $"{Groups}/{realm.Groups[change.Group]}";
        if (change.IsGiven) await Root.PostAsync($"{holder}/roles", new { role = new { id = change.Authority } });
        else await Root.DeleteAsync($"{holder}/roles/{change.Authority}");
        string[] After(string[] before) => change.IsGiven ? [.. before.Append(change.Authority).Distinct()] : [.. before.Where(held => held != change.Authority)];
        if (change.User is not null) realm.Change(change.User, user => user with { Authorities = After(user.Authorities) });
        else realm.ChangeGroup(change.Group, one => one with { Authorities = After(one.Authorities) });
    }
}
