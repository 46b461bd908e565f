using System.Globalization;
using System.Text;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

// What happens in a scenario, in the model's own numbers: an object, group or role that is named need not be there (any more).

/// <summary>The kinds of data that an object has.</summary>
internal enum DataKind
{
    Measurement,
    Event,
    Alarm,
    Operation,
}

/// <summary>Something that a user tries to do; who may is for the oracle to say.</summary>
internal abstract record Change;

internal sealed record Link(ChildKind Kind, long Parent, long Child) : Change;

internal sealed record Unlink(ChildKind Kind, long Parent, long Child) : Change;

/// <summary>Undoes a link that there is.</summary>
/// <param name="Place">Which of the tenant's links, counted round.</param>
internal sealed record UnlinkOne(int Place) : Change;

internal sealed record Make(string[] Fragments) : Change;

/// <param name="Owner">Whose it is to be; null to leave that.</param>
internal sealed record Edit(long Object, string[] Added, string[] Removed, string? Owner) : Change;

internal sealed record Delete(long Object) : Change;

internal sealed record AddData(DataKind Kind, long Object, string[] Fragments) : Change;

/// <summary>Adds fragments to a piece of data; a measurement, which never changes, is deleted.</summary>
/// <param name="Place">Which of the tenant's pieces of data, counted round.</param>
internal sealed record ChangeData(int Place, string[] Fragments) : Change;

/// <summary>Reports something about an object to the audit trail.</summary>
internal sealed record Report(long Object, string[] Fragments) : Change
{
    public const string Type = "Report";
}

/// <summary>What only the administrator does, and may: changes of what others hold.</summary>
internal abstract record Administration : Change;

internal sealed record AssignRoles(string User, long Object, int[] Roles) : Administration;

internal sealed record UnassignRoles(string User, int Place) : Administration;

/// <param name="User">Who has them on the object, in place of what it had there; null for a group.</param>
internal sealed record PermitOnDevice(string? User, int Group, long Object, string[] Texts) : Administration;

/// <param name="Permissions">Null to delete the role.</param>
internal sealed record ChangeRole(int Role, RolePermission[]? Permissions) : Administration;

internal sealed record DeleteGroup(int Group) : Administration;

/// <param name="User">Who gains or loses the authority; null for a group.</param>
internal sealed record ChangeAuthority(string? User, int Group, string Authority, bool IsGiven) : Administration;

internal sealed record ChangeMembership(string User, int Group, bool Joins) : Administration;

internal sealed record Enable(string User, bool IsEnabled) : Administration;

/// <summary>Has measurements that are covered in part show with that part, or not at all.</summary>
internal sealed record ShowParts(bool IsOn) : Administration;

internal sealed record DemandNewPassword(string User, bool IsDemanded) : Administration;

/// <summary>One user asks for everything that it could see.</summary>
/// <param name="Object">The object of whose parts it asks one by one.</param>
/// <param name="Silo">Where, counted round.</param>
/// <param name="Fragments">The fragments of the piece of data that it is asked about, why the user may do something to it.</param>
/// <param name="Draw">What decides which permission that is, and in which of the ways it is asked.</param>
internal sealed record Question(int Tenant, string User, long Object, int PageSize, int Silo, Narrowing Narrowing, string[] Fragments, int Draw);

/// <param name="Actor">Who does it: a user's name, or <see cref="Scenario.Root"/>.</param>
internal sealed record Step(int Tenant, string Actor, int Silo, Change Change, Question Question);

/// <summary>Tenants as they begin, and what happens then, with a question after each change.</summary>
internal sealed record Scenario(ModelTenant[] Tenants, Question First, Step[] Steps)
{
    /// <summary>The administrator, who may do everything and is no part of the model.</summary>
    public const string Root = "root";

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var tenant in Tenants) Model.Describe(tenant, text);
        text.Append(CultureInfo.InvariantCulture, $"{Words(First)}\n");
        foreach (var step in Steps)
            text.Append(CultureInfo.InvariantCulture, $"{Tenants[step.Tenant].Name}/{step.Actor} on silo {step.Silo}: {Words(step.Change)}; {Words(step.Question)}\n");
        return text.ToString();
    }

    /// <summary>As a record prints itself, with what its lists hold.</summary>
    public static string Words(Change change) => $"{change.GetType().Name} " + string.Join(", ", change.GetType().GetProperties()
        .Where(property => property.Name != "EqualityContract").Select(property => $"{property.Name} {property.GetValue(change) switch
        {
            null => "none",
            string[] names => Model.Words(names),
            int[] numbers => string.Join(' ', numbers),
            RolePermission[] permissions => string.Join(' ', permissions.Select(one => $"{one.Scope}:{one.Type}:{one.Level}")),
            DevicePermissions[] all => string.Join(", ", all.Select(on => $"on {on.Object} {Model.Words(on.Texts)}")),
            var value => string.Create(CultureInfo.InvariantCulture, $"{value}"),
        }}"));

    private string Words(Question question) => string.Create(CultureInfo.InvariantCulture,
        $"{Tenants[question.Tenant].Name}/{question.User} asks on silo {question.Silo}, of object {question.Object} in particular, {question.PageSize} a page, {question.Narrowing}, about {Model.Words(question.Fragments)}, draw {question.Draw}");
}
