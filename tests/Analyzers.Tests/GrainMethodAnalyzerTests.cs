namespace Bailiwick.Analyzers.Tests;

/// <summary>BW0001: a grain method takes the caller first and carries exactly one of [Requires] and [Platform].</summary>
public sealed class GrainMethodAnalyzerTests
{
    [Theory]
    [InlineData("[Requires(1)] Task Rename(Caller caller, string name);")]
    [InlineData("[Platform(\"the sweep has no user\")] Task Sweep(Caller caller);")]
    [InlineData("[Requires(1)] IAsyncEnumerable<string> Page(Caller caller);")]
    [InlineData("static int Unrelated() => 1;")]
    public Task A_method_with_caller_and_one_declaration_is_accepted(string method) =>
        FindsAsync($"public interface IThing : IGrainWithStringKey {{ {method} }}");

    [Theory]
    [InlineData("[Requires(1)] Task Rename(string name);")]
    [InlineData("[Requires(1)] Task Rename();")]
    [InlineData("[Requires(1)] Task Rename(string name, Caller caller);")]
    [InlineData("[Requires(1)] Task Rename(Caller? caller);")]
    [InlineData("[Platform(\"because\")] Task Rename(string name);")]
    public Task A_method_that_does_not_take_the_caller_first_is_refused(string method) =>
        FindsAsync(
            $"public interface IThing : IGrainWithStringKey {{ {method} }}",
            "BW0001: Grain method 'IThing.Rename' must take a Caller as its first parameter");

    [Theory]
    [InlineData("Task Rename(Caller caller);")]
    [InlineData("[Obsolete] Task Rename(Caller caller);")]
    [InlineData("[Requires(1), Platform(\"because\")] Task Rename(Caller caller);")]
    public Task A_method_without_exactly_one_declaration_is_refused(string method) =>
        FindsAsync(
            $"public interface IThing : IGrainWithStringKey {{ {method} }}",
            "BW0001: Grain method 'IThing.Rename' must carry exactly one of [Requires] and [Platform]");

    [Theory]
    [InlineData("IGrainWithGuidKey")]
    [InlineData("IGrainWithIntegerCompoundKey")]
    [InlineData("IGrain")]
    [InlineData("Orleans.Runtime.IAddressable")]
    [InlineData("Orleans.Runtime.IGrainExtension")]
    public Task Every_kind_of_grain_interface_and_every_extension_is_held_to_it(string parent) =>
        FindsAsync(
            $"internal interface IThing : {parent} {{ Task Rename(Caller caller); }}",
            "BW0001: Grain method 'IThing.Rename' must carry exactly one of [Requires] and [Platform]");

    [Fact]
    public Task A_method_that_comes_in_through_a_plain_interface_is_held_to_it() =>
        FindsAsync(
            "public interface IRead { Task Read(); } public interface IThing : IGrainWithStringKey, IRead;",
            "BW0001: Grain method 'IRead.Read' must take a Caller as its first parameter");

    [Fact]
    public Task The_runtimes_own_methods_are_not_ours_to_declare() =>
        FindsAsync("public interface IThing : IGrainWithStringKey, Orleans.Core.Internal.IGrainManagementExtension;");

    [Fact]
    public Task An_observer_is_exempt() =>
        FindsAsync("public interface IWatcher : IGrainObserver { Task Changed(string what); }");

    [Fact]
    public Task An_observer_that_is_a_grain_as_well_is_not_exempt() =>
        FindsAsync(
            "public interface IWatcher : IGrainObserver, IGrainWithStringKey { Task Changed(string what); }",
            "BW0001: Grain method 'IWatcher.Changed' must take a Caller as its first parameter");

    [Fact]
    public Task A_grain_service_needs_platform_and_no_caller() =>
        FindsAsync("public interface IFacts : Orleans.Services.IGrainService { [Platform(\"between silos\")] Task Install(string fact); }");

    [Theory]
    [InlineData("Task Install(string fact);")]
    [InlineData("[Requires(1)] Task Install(Caller caller);")]
    [InlineData("[Requires(1), Platform(\"because\")] Task Install(Caller caller);")]
    public Task A_grain_service_method_without_platform_alone_is_refused(string method) =>
        FindsAsync(
            $"public interface IFacts : Orleans.Services.IGrainService {{ {method} }}",
            "BW0001: Grain method 'IFacts.Install' must carry [Platform] alone, for it belongs to a grain service");

    [Fact]
    public Task An_interface_that_is_no_grain_is_left_alone() =>
        FindsAsync("public interface IStore { Task Append(string row); }");

    private static async Task FindsAsync(string code, params string[] findings) =>
        Assert.Equal(findings, await Snippet.FindingsOfAsync<GrainMethodAnalyzer>(code));
}
