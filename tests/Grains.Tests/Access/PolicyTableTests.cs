using System.Runtime.CompilerServices;
using System.Text;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Tenancy;

namespace Bailiwick.Grains.Tests.Access;

/// <summary>
/// Who may do what, as a text that people review: <c>policy.txt</c> beside this file. When a change is meant, run this test with
/// BAILIWICK_WRITE_POLICY=1 and commit the file with the change.
/// </summary>
public sealed class PolicyTableTests
{
    private static readonly TenantId Own = new("t1");
    private static readonly TenantId Other = new("t2");
    private static readonly string[] Things = ["none", "its own", "global", "another's tenant", "from above", "list"];

    [Fact]
    public void The_table_is_the_one_that_was_reviewed()
    {
        var actual = Print();
        var path = PathOf("policy.txt");
        if (Environment.GetEnvironmentVariable("BAILIWICK_WRITE_POLICY") == "1") File.WriteAllText(path, actual);
        Assert.Equal(File.Exists(path) ? File.ReadAllText(path) : "there is no policy.txt", actual);
    }

    [Fact]
    public void Who_did_not_come_through_the_gate_may_nothing()
    {
        var caller = new Caller(new UserId(Own, "user"), SignInMethod.Basic, 1, "");
        foreach (var permission in Enum.GetValues<Permission>())
        {
            Assert.Equal(new Decision(false, Rule.NotAttested), Policy.Decide(caller, new Resource(Own, default, "user", true), permission));
            Assert.Equal(Scope.None, Policy.Scope(caller, permission));
        }
    }

    [Fact]
    public void What_grants_always_grants_the_rest_adds_and_nothing_takes_away()
    {
        foreach (var permission in Enum.GetValues<Permission>())
        {
            var everything = CallerWith(AuthoritySet.Of([.. Authorities.All]));
            foreach (var authority in Policy.AuthoritiesFor(permission).Members())
            {
                Assert.True(Policy.Decide(CallerWith(AuthoritySet.Of(authority)), Resource.OfTenant(Own), permission).Allowed);
                Assert.True(Policy.Decide(everything, Resource.OfTenant(Own), permission).Allowed);
            }
        }
    }

    [Fact]
    public void The_gate_lets_in_everybody_whom_the_policy_could_allow()
    {
        foreach (var permission in Enum.GetValues<Permission>())
            foreach (var (_, caller) in Actors())
                foreach (var thing in Things.Take(3))
                    if (Policy.Decide(caller, ResourceOf(thing), permission).Allowed)
                        Assert.True(Policy.MayEver(caller, permission), $"{permission} for {caller.User.Name}");
    }

    [Fact]
    public void No_right_to_data_reaches_another_tenant_not_even_from_above()
    {
        var everything = CallerWith(AuthoritySet.Of([.. Authorities.All]));
        var crossing = Enum.GetValues<Permission>().Where(p => Policy.DecideAcrossTenants(everything, Resource.OfTenant(Other), p, parent: Own).Allowed);
        Assert.Equal([Permission.RegistrationAdmin, Permission.DeviceBootstrap, Permission.TenantRead, Permission.TenantCreate, Permission.TenantUpdate, Permission.TenantDelete, Permission.OptionPin], crossing);
        Assert.All(Enum.GetValues<Permission>(), p => Assert.False(Policy.DecideAcrossTenants(everything, Resource.OfTenant(Other), p, parent: null).Allowed));
    }

    private static string Print()
    {
        var text = new StringBuilder();
        text.Append("# Who may do what. One block a permission, one line an actor. What everybody may stands first;\n");
        text.Append("# an authority, a default group (its name in quotes) or a task of the platform has a line where it may more than that.\n");
        text.Append("# none: an object of the tenant that is nobody's; its own: the actor owns it; global: it carries c8y_Global;\n");
        text.Append("# another's tenant: the thing is another tenant's; from above: likewise, and the actor's tenant is its parent;\n");
        text.Append("# list: what a list shows. A dash is a refusal; a word is the rule that grants.\n");
        foreach (var permission in Enum.GetValues<Permission>())
        {
            text.Append('\n').Append(permission).Append('\n');
            var nobodys = Array.Empty<string>();
            foreach (var (name, caller) in Actors())
            {
                var cells = Things.Select(thing => Cell(caller, thing, permission)).ToArray();
                var isEverybody = nobodys.Length == 0;
                if (isEverybody) nobodys = cells;
                if (isEverybody ? cells.All(c => c == "-") : cells.All(c => c == "-") || cells.SequenceEqual(nobodys)) continue;
                text.Append("  ").Append(name.PadRight(40));
                text.AppendJoin(' ', Things.Zip(cells, (thing, cell) => $"{thing}: {cell}".PadRight(thing.Length + 18)));
                while (text[^1] == ' ') text.Length--;
                text.Append('\n');
            }
        }
        return text.ToString();
    }

    private static string Cell(Caller caller, string thing, Permission permission)
    {
        if (thing == "list") return Policy.Scope(caller, permission) is var scope && scope == default ? "-" : scope.Kind + (scope.WithGlobal ? "+Global" : "");
        var decision = thing == "from above"
            ? Policy.DecideAcrossTenants(caller, Resource.OfTenant(Other), permission, parent: Own)
            : Policy.Decide(caller, ResourceOf(thing), permission);
        return decision.Allowed ? decision.Rule.ToString() : "-";
    }

    private static Resource ResourceOf(string thing) => thing switch
    {
        "none" => new Resource(Own, new ObjectId(1), null, false),
        "its own" => new Resource(Own, new ObjectId(1), "user", false),
        "global" => new Resource(Own, new ObjectId(1), null, true),
        _ => new Resource(Other, new ObjectId(1), "user", true),
    };

    private static IEnumerable<(string Name, Caller Caller)> Actors()
    {
        yield return ("everybody", CallerWith(AuthoritySet.Empty));
        foreach (var authority in Authorities.All) yield return (authority.Name(), CallerWith(AuthoritySet.Of(authority)));
        foreach (var group in DefaultGroups.All) yield return ($"\"{group.Name}\"", CallerWith(group.Authorities));
        foreach (var task in Enum.GetValues<PlatformTask>().Where(t => t != PlatformTask.None)) yield return ($"platform: {task}", Caller.Platform(task, Own));
    }

    private static Caller CallerWith(AuthoritySet authorities) =>
        new Caller(new UserId(Own, "user"), SignInMethod.Basic, 1, "").Attested(new Rights(authorities));

    private static string PathOf(string file, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, file);
}
