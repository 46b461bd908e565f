using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;

namespace Bailiwick.Grains.Tenancy;

// A tenant's groups. What they hold is part of the tenant's fact, so a change of it is spread before it is answered. Who is in a group
// is in the users' documents; a deleted group's id stays there and means nothing, for it is never given again.
internal sealed partial class TenantGrain
{
    public async Task<Group> CreateGroup(Caller caller, NewGroup request)
    {
        var (permit, before) = DemandAdmin(caller);
        UserRules.RequireKnown(request.Authorities);
        var group = new Group(LastGroupIdOf(before) + 1, request.Name, request.Description, request.Authorities)
        {
            Applications = request.Applications,
            CustomProperties = request.CustomProperties,
            DevicePermissions = DevicePermissionRules.RequireSound(GroupRules.Subject, request.DevicePermissions),
        };
        GroupRules.RequireSound(group);
        group = group with { DevicePermissions = await DevicePermissionRules.StandingAsync(GroupRules.Subject, _inventory, _id, group.DevicePermissions, []) };
        await RequireFreeNameAsync(before, group);
        if (before.Groups.Count >= Limits.GroupsPerTenantMax) throw Refusal.Invalid(GroupRules.Subject, $"A tenant has at most {Limits.GroupsPerTenantMax} groups.");
        var after = before with { Groups = [.. before.Groups, group], LastGroupId = group.Id };
        await RecordAndSpreadAsync(caller, permit, after, GroupRules.Record("Global role created", group, GroupRules.Between(null, group)));
        return group;
    }

    public async Task<Group> UpdateGroup(Caller caller, int group, GroupChange change)
    {
        var (permit, before) = DemandAdmin(caller);
        var old = await RequireGroupAsync(before, group);
        var changed = old with
        {
            Name = change.Name ?? old.Name,
            Description = change.Description ?? old.Description,
            Applications = change.Applications ?? old.Applications,
            CustomProperties = change.CustomProperties is null ? old.CustomProperties : old.CustomProperties.Merge(change.CustomProperties),
            DevicePermissions = change.DevicePermissions is { } wanted ? await DevicePermissionsAfterAsync(old, wanted) : old.DevicePermissions,
        };
        GroupRules.RequireSound(changed);
        await RequireFreeNameAsync(before, changed);
        await ReplaceAsync(caller, permit, before, old, changed, GroupRules.AreOnlyPermissions(old, changed) ? GroupRules.PermissionsUpdated : "Global role updated");
        return changed;
    }

    public async Task DeleteGroup(Caller caller, int group)
    {
        var (permit, before) = DemandAdmin(caller);
        var old = await RequireGroupAsync(before, group);
        if (old.Id is DefaultGroups.Admins or DefaultGroups.Devices)
            throw Refusal.Invalid(GroupRules.Subject, $"The group '{old.Name}' is the platform's own and cannot be deleted.");
        var after = before with { Groups = [.. before.Groups.Where(g => g.Id != group)], LastGroupId = LastGroupIdOf(before) };
        await RecordAndSpreadAsync(caller, permit, after, GroupRules.Record("Global role deleted", old, GroupRules.Between(old, null)));
    }

    public async Task<Group> AssignToGroup(Caller caller, int group, Authority authority)
    {
        var (permit, before) = DemandAdmin(caller);
        UserRules.RequireKnown(authority);
        var old = await RequireGroupAsync(before, group);
        var changed = old with { Authorities = old.Authorities.With(authority) };
        await ReplaceAsync(caller, permit, before, old, changed, "Global role authorities updated");
        if (old.Authorities.Contains(authority)) throw Refusal.Conflict(GroupRules.Subject, $"The group '{old.Name}' has the role {authority.Name()} already.");
        return changed;
    }

    public async Task UnassignFromGroup(Caller caller, int group, Authority authority)
    {
        var (permit, before) = DemandAdmin(caller);
        UserRules.RequireKnown(authority);
        var old = await RequireGroupAsync(before, group);
        await ReplaceAsync(caller, permit, before, old, old with { Authorities = old.Authorities.Without(authority) }, "Global role authorities updated");
        if (!old.Authorities.Contains(authority)) throw UserRules.NoSuchRole();
    }

    public async Task SetDevicePermissions(Caller caller, ObjectId target, IReadOnlyList<GroupPermissions> groups, bool isTrial)
    {
        var (permit, before) = DemandAdmin(caller);
        var (after, records) = (before, new List<NewAuditRecord>(groups.Count));
        foreach (var (id, grants) in groups)
        {
            // What was asked before and has been deleted since is nobody's any more.
            if (!isTrial && before.Groups.All(group => group.Id != id)) continue;
            var old = await RequireGroupAsync(before, id);
            var changed = old with { DevicePermissions = DevicePermissionRules.RequireSound(GroupRules.Subject, DevicePermissionRules.With(old.DevicePermissions, target, grants)) };
            var changes = GroupRules.Between(old, changed);
            if (changes.Count == 0) continue;
            after = after with { Groups = [.. after.Groups.Select(g => g.Id == id ? changed : g)] };
            records.Add(GroupRules.Record(GroupRules.PermissionsUpdated, changed, changes));
        }
        if (isTrial) return;
        if (records.Count == 0) await _publisher.PublishAsync(before.Fact(_id));
        else await RecordAndSpreadAsync(caller, permit, after, [.. records]);
    }

    private Task<IReadOnlyList<ObjectGrants>> DevicePermissionsAfterAsync(Group old, IReadOnlyList<ObjectGrants> wanted) => DevicePermissionRules.StandingAsync(
        GroupRules.Subject, _inventory, _id, DevicePermissionRules.RequireSound(GroupRules.Subject, wanted), old.DevicePermissions);

    private static int LastGroupIdOf(TenantState state) => Math.Max(state.LastGroupId, state.Groups.Max(g => g.Id));

    private (WritePermit Permit, TenantState State) DemandAdmin(Caller caller)
    {
        if (!_tenant.Exists) throw NotFound();
        var permit = WritePermit.Demand(caller, _tenant.Resource, Permission.UserAdmin);
        return (permit, _tenant.Read(permit));
    }

    // An earlier attempt may have been persisted and not answered: before anybody is told that there is nothing to do, the fact is on every silo.
    private async Task<Group> RequireGroupAsync(TenantState state, int group)
    {
        if (state.Groups.FirstOrDefault(g => g.Id == group) is { } found) return found;
        await _publisher.PublishAsync(state.Fact(_id));
        throw GroupRules.NotFound();
    }

    private async Task RequireFreeNameAsync(TenantState state, Group group)
    {
        if (!state.Groups.Any(g => g.Name == group.Name && g.Id != group.Id)) return;
        await _publisher.PublishAsync(state.Fact(_id));
        throw Refusal.Conflict(GroupRules.Subject, $"A group with the name '{group.Name}' exists already.");
    }

    private async Task ReplaceAsync(Caller caller, WritePermit permit, TenantState before, Group old, Group changed, string activity)
    {
        var changes = GroupRules.Between(old, changed);
        if (changes.Count == 0) await _publisher.PublishAsync(before.Fact(_id));
        else await RecordAndSpreadAsync(caller, permit, before with { Groups = [.. before.Groups.Select(g => g.Id == old.Id ? changed : g)] }, GroupRules.Record(activity, changed, changes));
    }

    private async Task RecordAndSpreadAsync(Caller caller, WritePermit permit, TenantState after, params IReadOnlyList<NewAuditRecord> records)
    {
        after = after with { Version = after.Version + 1 };
        var change = new AccessChange { TenantBefore = _tenant.Read(permit).Fact(_id), TenantAfter = after.Fact(_id) };
        await GrainFactory.EndRehearsalAsync(caller, _id, change);
        await GrainFactory.RecordThenAsync(_id, caller, await GrainFactory.WithOutlastingAsync(_id, change, records), () => _tenant.WriteAsync(permit, after));
        await _publisher.PublishAsync(after.Fact(_id));
    }
}

/// <summary>What a group must look like, and how refusals and records about groups are worded.</summary>
internal static class GroupRules
{
    public const string Subject = "groups";
    public const string PermissionsUpdated = "Global role device permissions updated";

    private const string Permissions = "devicePermissions";

    public static Refusal NotFound() => Refusal.NotFound(Subject, "Cannot find the specified group.");

    public static void RequireSound(Group group)
    {
        if (string.IsNullOrWhiteSpace(group.Name)) throw Refusal.Missing("name");
        if (group.Name.Length > Limits.GroupNameCharsMax || group.Name.Any(char.IsControl))
            throw Refusal.Invalid(Subject, $"The name of a group must have at most {Limits.GroupNameCharsMax} characters and hold no control character.");
        if (group.Description.Length > Limits.GroupDescriptionCharsMax || group.Description.Any(char.IsControl))
            throw Refusal.Invalid(Subject, $"The description of a group must have at most {Limits.GroupDescriptionCharsMax} characters and hold no control character.");
        RequireApplications(Subject, group.Applications);
        UserRules.RequireCustomProperties(Subject, group.CustomProperties);
    }

    public static void RequireApplications(string subject, IReadOnlyList<ApplicationAccess> applications)
    {
        if (applications.Count > Limits.ApplicationsPerHolderMax)
            throw Refusal.Invalid(subject, $"At most {Limits.ApplicationsPerHolderMax} applications can be given.");
        foreach (var application in applications)
            foreach (var text in (ReadOnlySpan<string?>)[application.Id, application.Type])
                if (text is not null && (text.Length is 0 or > Limits.ApplicationIdCharsMax || text.Any(char.IsControl)))
                    throw Refusal.Invalid(subject, $"The id and the type of an application must have 1 to {Limits.ApplicationIdCharsMax} characters and no control character.");
    }

    public static NewAuditRecord Record(string activity, Group group, IReadOnlyList<AuditChange> changes) =>
        new("Group", activity, $"{activity}: {group.Name}", Source: group.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), Changes: changes);

    /// <summary>A group as it shows to who only makes users: with the device permissions that it could hand out, for the others would tell of objects that it does not see.</summary>
    public static Group AsHeld(Group group, Caller caller) =>
        group with { DevicePermissions = [.. group.DevicePermissions.Where(on => GrantRules.AreHeldAlone(caller.Rights!.Objects, [on]))] };

    /// <summary>Whether nothing but the device permissions differs.</summary>
    public static bool AreOnlyPermissions(Group before, Group after) => Between(before, after) is [{ Attribute: Permissions }];

    /// <summary>What changed from one to the other; null stands for a group that is not there.</summary>
    public static IReadOnlyList<AuditChange> Between(Group? before, Group? after)
    {
        var changes = new List<AuditChange>();
        UserChanges.Add(changes, "name", before?.Name, after?.Name);
        UserChanges.Add(changes, "description", before?.Description, after?.Description);
        UserChanges.Add(changes, "roles", before is null ? null : UserChanges.Text(before.Authorities), after is null ? null : UserChanges.Text(after.Authorities));
        UserChanges.Add(changes, "applications", (before?.Applications ?? []).SequenceEqual(after?.Applications ?? []),
            before is null ? null : UserChanges.Text(before.Applications), after is null ? null : UserChanges.Text(after.Applications));
        UserChanges.Add(changes, "customProperties", (before?.CustomProperties ?? Fragments.None).IsSame(after?.CustomProperties ?? Fragments.None),
            before is null ? null : UserChanges.Text(before.CustomProperties), after is null ? null : UserChanges.Text(after.CustomProperties));
        UserChanges.AddGrants(changes, Permissions, before?.DevicePermissions ?? [], after?.DevicePermissions ?? []);
        return changes;
    }
}
